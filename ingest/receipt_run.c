/* receipt_run.c - hand a receipt to sendmail(1) or what stands in for it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "ingest/receipt.h"

#define SECONDS 60 /* that the command may take */

/* The grandchild: nothing of ours but its input. Only what may be called
 * between fork and exec while other threads run. */
static void
become(char *const *argv, int input, int null, int told)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *environment[] = { path, NULL };
	struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t none;
	int e;

	(void)setsid();
	for (int i = 1; i < NSIG; i++) {
		(void)sigaction(i, &usual, NULL);
	}
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)alarm(SECONDS); /* it outlives the exec */
	if (dup2(input, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
	    dup2(null, STDERR_FILENO) >= 0 && chdir("/") == 0 &&
	    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) {
		(void)execve(argv[0], argv, environment);
	}
	e = errno;
	(void)!write(told, &e, sizeof(e));
	_exit(127);
}

/* Input above the standard descriptors, which may be closed. */
static int
input_of(const void *text, size_t len)
{
	int fd = memfd_create("receipt", MFD_CLOEXEC), high;

	if (fd >= 0 && fd < 3) {
		high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		close(fd);
		fd = high;
	}
	if (fd >= 0 &&
	    (file_write_fd(fd, text, len) < 0 || lseek(fd, 0, SEEK_SET) != 0)) {
		int e = errno;

		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

/* Two forks, so that nobody has to wait for the command. 0 or errno. */
static int
start(char *const *argv, int input, int null)
{
	int told[2], e = 0, status;
	pid_t pid;
	ssize_t n;

	if (pipe2(told, O_CLOEXEC) != 0) {
		return errno;
	}
	pid = fork();
	if (pid == 0) {
		pid = fork();
		if (pid == 0) {
			become(argv, input, null, told[1]);
		}
		e = errno;
		if (pid < 0) {
			(void)!write(told[1], &e, sizeof(e));
		}
		_exit(0);
	}
	e = pid < 0 ? errno : 0;
	close(told[1]);
	if (pid > 0) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
		}
		do { /* its end is closed by a successful exec */
			n = read(told[0], &e, sizeof(e));
		} while (n < 0 && errno == EINTR);
		e = n == sizeof(e) ? e : 0;
	}
	close(told[0]);
	return e;
}

int
ingest_receipt_run(
    const char *const *argv, size_t n, const void *text, size_t len)
{
	char **args = calloc(n + 1, sizeof(*args));
	int input = -1, null = -1, e = ENOMEM;

	if (args == NULL) {
		errno = e;
		return ERR_SYS;
	}
	e = 0;
	for (size_t i = 0; i < n && e == 0; i++) {
		args[i] = strdup(argv[i]);
		e = args[i] == NULL ? ENOMEM : 0;
	}
	if (e == 0 &&
	    ((input = input_of(text, len)) < 0 ||
		(null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0)) {
		e = errno;
	}
	if (e == 0) {
		e = start(args, input, null);
	}
	if (input >= 0) {
		close(input);
	}
	if (null >= 0) {
		close(null);
	}
	for (size_t i = 0; i < n; i++) {
		free(args[i]);
	}
	free(args);
	errno = e;
	return e == 0 ? 0 : ERR_SYS;
}
