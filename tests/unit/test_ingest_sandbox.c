/* test_ingest_sandbox.c - what a process can still do behind the fences. Each
 * case is a child that enters the sandbox, tries one thing, and says by its
 * end how that went. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <pthread.h>
#include <signal.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ingest/sandbox.h"
#include "tests/unit/check.h"

#define MEMORY (64u << 20)

enum end {
	WORKS = 0,  /* it could be done */
	FAILS = 1,  /* the call failed */
	KILLED = 2, /* SIGSYS */
	ABORTED = 3,
	OTHER = 4,
};

static int tries_file = -1; /* opened before */

/* ---- what is tried; true: it worked -------------------------------------- */

static bool
try_compute(void)
{
	char *p = malloc(8u << 20);

	if (p == NULL) {
		return false;
	}
	memset(p, 1, 8u << 20);
	free(p);
	return true;
}

static bool
try_time(void)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[64];

	return localtime_r(&now, &tm) != NULL &&
	    strftime(text, sizeof(text), "%H:%M", &tm) > 0;
}

static bool
try_random(void)
{
	char b[16];

	return getentropy(b, sizeof(b)) == 0;
}

static bool
try_socket_there(void)
{
	return write(3, "x", 1) == 1;
}

static bool
try_read_file(void)
{
	return open("/etc/passwd", O_RDONLY) >= 0;
}

static bool
try_make_file(void)
{
	return open("/tmp/rbl-sandbox-test", O_WRONLY | O_CREAT, 0600) >= 0;
}

static bool
try_open_old(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR) >= 0;
}

static bool
try_stat(void)
{
	struct stat st;

	return stat("/", &st) == 0;
}

static bool
try_unlink(void)
{
	return unlink("/tmp/rbl-sandbox-test") == 0;
}

static bool
try_rename(void)
{
	return rename("/tmp/rbl-sandbox-a", "/tmp/rbl-sandbox-b") == 0;
}

static bool
try_mkdir(void)
{
	return mkdir("/tmp/rbl-sandbox-dir", 0700) == 0;
}

static bool
try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool
try_unix(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0;
}

static bool
try_pair(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0;
}

static bool
try_connect(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return connect(3, (const void *)&in, sizeof(in)) == 0;
}

static bool
try_send(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return sendto(3, "x", 1, 0, (const void *)&in, sizeof(in)) == 1;
}

static bool
try_fork(void)
{
	return fork() >= 0;
}

static void *
idle(void *ctx)
{
	return ctx;
}

static bool
try_thread(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, idle, NULL) == 0;
}

static bool
try_exec(void)
{
	char *argv[] = { (char[]){ "true" }, NULL };

	execv("/bin/true", argv);
	return false;
}

static bool
try_exec_fd(void)
{
	return syscall(SYS_execveat, tries_file, "", NULL, NULL, 0x1000) == 0;
}

static bool
try_kill(void)
{
	return kill(getppid(), 0) == 0;
}

static bool
try_tgkill(void)
{
	return syscall(SYS_tgkill, 1, 1, 0) == 0;
}

static bool
try_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool
try_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
try_make_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool
try_limits(void)
{
	struct rlimit {
		unsigned long cur, max;
	} r = { ~0ul, ~0ul };

	return syscall(SYS_prlimit64, 0, 9, &r, NULL) == 0;
}

static bool
try_undo(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static bool
try_setuid(void)
{
	return setuid(0) == 0;
}

static bool
try_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static bool
try_shm(void)
{
	return shmget(IPC_PRIVATE, 4096, 0600) >= 0;
}

static bool
try_memfd(void)
{
	return memfd_create("x", 0) >= 0;
}

static bool
try_io_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL) >= 0;
}

static bool
try_dup(void)
{
	return dup(3) >= 0;
}

static bool
try_receive_fd(void)
{
	char c;
	struct iovec part = { &c, 1 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	return recvmsg(3, &m, MSG_DONTWAIT) >= 0;
}

#if !defined(WITH_SANITIZER)
static bool
try_memory(void)
{
	return mmap(NULL, 2 * (size_t)MEMORY, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}
#endif

static bool
try_abort(void)
{
	abort();
}

static const struct {
	const char *name;
	bool (*try)(void);
	enum end end;
} cases[] = {
	{ "memory can be had", try_compute, WORKS },
	{ "the time can be asked", try_time, WORKS },
	{ "random numbers", try_random, WORKS },
	{ "the socket that is there", try_socket_there, WORKS },
	{ "abort() ends it", try_abort, ABORTED },

	{ "a file is read", try_read_file, FAILS },
	{ "a file is made", try_make_file, FAILS },
	{ "its own memory is opened", try_open_old, FAILS },
	{ "a file is looked at", try_stat, FAILS },
	{ "limits are lifted", try_limits, FAILS },
	{ "process settings", try_undo, FAILS },
	{ "a descriptor is doubled", try_dup, FAILS },
	{ "code in new memory", try_code, KILLED },
	{ "memory becomes code", try_make_code, KILLED },
#if !defined(WITH_SANITIZER)
	{ "more memory than its share", try_memory, FAILS },
#endif
	{ "a file is removed", try_unlink, KILLED },
	{ "a file is renamed", try_rename, KILLED },
	{ "a folder is made", try_mkdir, KILLED },
	{ "a network socket", try_socket, KILLED },
	{ "a local socket", try_unix, KILLED },
	{ "a socket pair", try_pair, KILLED },
	{ "a connection", try_connect, KILLED },
	{ "a datagram", try_send, KILLED },
	{ "a descriptor is received", try_receive_fd, KILLED },
	{ "a fork", try_fork, KILLED },
	{ "a thread", try_thread, KILLED },
	{ "another program", try_exec, KILLED },
	{ "another program by descriptor", try_exec_fd, KILLED },
	{ "its parent is signalled", try_kill, KILLED },
	{ "somebody else is signalled", try_tgkill, KILLED },
	{ "it lets itself be traced", try_ptrace, KILLED },
	{ "another user", try_setuid, KILLED },
	{ "a namespace", try_namespace, KILLED },
	{ "shared memory", try_shm, KILLED },
	{ "a file without a name", try_memfd, KILLED },
	{ "an I/O ring", try_io_uring, KILLED },
};

static enum end
run(bool (*try)(void))
{
	int fds[2], status;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0) {
		exit(99);
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		if (null < 0 || dup2(null, 2) < 0 || dup2(fds[0], 3) < 0) {
			_exit(90);
		}
		signal(SIGABRT, SIG_DFL);
		if (ingest_sandbox_enter(MEMORY) < 0) {
			_exit(91);
		}
		_exit(try() ? WORKS : FAILS);
	}
	close(fds[0]);
	close(fds[1]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		exit(99);
	}
	if (WIFSIGNALED(status)) {
		return WTERMSIG(status) == SIGSYS ? KILLED
		    : WTERMSIG(status) == SIGABRT ? ABORTED
						  : OTHER;
	}
	return WEXITSTATUS(status) <= FAILS ? (enum end)WEXITSTATUS(status)
					    : OTHER;
}

/* ---- character sets ------------------------------------------------------ */

/* Greek, Russian and so on as the mail of the world has them. */
static const struct {
	const char *charset, *bytes, *utf8;
} texts[] = {
	{ "iso-8859-7", "\xCA\xE1\xEB\xE7", "Καλη" },
	{ "ISO-8859-7", "\xCA\xE1\xEB\xE7", "Καλη" },
	{ "windows-1253", "\xCA\xE1\xEB\xE7\xA2", "ΚαληΆ" },
	{ "cp737", "\x89\x98", "Κα" },
	{ "windows-1251", "\xCF\xF0\xE8", "При" },
	{ "koi8-r", "\xF0\xD2\xC9", "При" },
	{ "koi8-u", "\xA4", "є" },
	{ "windows-1252", "\x80", "€" },
	{ "iso-8859-15", "\xA4", "€" },
	{ "windows-1250", "\x9A", "š" },
	{ "windows-1254", "\xFE", "ş" },
	{ "windows-1255", "\xE0", "א" },
	{ "windows-1256", "\xC7", "ا" },
	{ "gb2312", "\xC4\xE3\xBA\xC3", "你好" },
	{ "gbk", "\xC4\xE3\xBA\xC3", "你好" },
	{ "gb18030", "\x81\x30\x81\x30", "\xC2\x80" },
	{ "hz-gb-2312", "~{Dc~}", "" }, /* the C library has none */
	{ "big5", "\xA7\x41", "你" },
	{ "iso-2022-jp", "\x1b$B$3\x1b(B", "こ" },
	{ "shift_jis", "\x82\xB1", "こ" },
	{ "euc-jp", "\xA4\xB3", "こ" },
	{ "euc-kr", "\xC7\xD1", "한" },
	{ "uhc", "\xC7\xD1", "한" },
	{ "iso-2022-kr", "\x1b$)C\x0eGQ\x0f", "한" },
	{ "tis-620", "\xA1", "ก" },
	{ "utf-7", "+A5o-", "Κ" },
	{ "utf-16le", "\x9A\x03", "Κ" },
};

static bool
reads(const char *charset, const char *bytes, const char *utf8)
{
	iconv_t cd = iconv_open("UTF-8", charset);
	char in[32], out[64] = "", *from = in, *to = out;
	size_t n_in = strlen(bytes), n_out = sizeof(out) - 1;

	if (cd == (iconv_t)-1) {
		return utf8[0] == '\0';
	}
	memcpy(in, bytes, n_in);
	return iconv(cd, &from, &n_in, &to, &n_out) != (size_t)-1 &&
	    iconv(cd, NULL, NULL, &to, &n_out) != (size_t)-1 &&
	    iconv_close(cd) == 0 && strcmp(out, utf8) == 0;
}

static void
check_charsets(void)
{
	int fds[2], status;
	char said[4096];
	ssize_t n;
	pid_t pid;

	fflush(NULL);
	if (pipe(fds) < 0) {
		exit(99);
	}
	pid = fork();
	if (pid == 0) {
		/* it may write to no file, as which standard error counts */
		if (dup2(fds[1], 2) < 0 || ingest_sandbox_enter(MEMORY) < 0) {
			_exit(90);
		}
		for (size_t i = 0; i < COUNT(texts); i++) {
			CHECK(reads(texts[i].charset, texts[i].bytes,
				  texts[i].utf8),
			    "%s", texts[i].charset);
		}
		/* twice: nothing is unloaded behind the first use */
		for (size_t i = 0; i < COUNT(texts); i++) {
			CHECK(reads(texts[i].charset, texts[i].bytes,
				  texts[i].utf8),
			    "%s again", texts[i].charset);
		}
		/* one that is not loaded is unknown, and no reason to die */
		CHECK(iconv_open("UTF-8", "EBCDIC-FR") == (iconv_t)-1,
		    "an unloaded one");
		CHECK(iconv_open("UTF-8", "no-such-thing") == (iconv_t)-1,
		    "an unknown one");
		_exit(failures != 0);
	}
	close(fds[1]);
	while ((n = read(fds[0], said, sizeof(said))) > 0) {
		(void)!write(2, said, (size_t)n);
	}
	close(fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		exit(99);
	}
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "character sets: %d", status);
}

int
main(void)
{
	char path[] = "/tmp/rbl-sandbox-test";

	tries_file = open("/bin/true", O_RDONLY | O_CLOEXEC);
	ingest_sandbox_prepare();
	ingest_sandbox_prepare(); /* harmless */
	(void)unlink(path);
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum end end = run(cases[i].try);

		CHECK(end == cases[i].end, "%s: ended %d, expected %d",
		    cases[i].name, (int)end, (int)cases[i].end);
	}
	CHECK(access(path, F_OK) != 0, "a file was made");
	check_charsets();
	close(tries_file);
	return failures != 0;
}
