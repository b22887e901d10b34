/* sandbox.c - system calls, files and limits of the parser child. */
#include "ingest/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif

/* Those that mail is written in, by IANA's names; an unknown one costs
 * nothing. What is not here is shown as bytes. */
const char *const ingest_sandbox_charsets[] = { "us-ascii", "utf-8", "utf-7",
	"utf-16", "utf-16le", "utf-16be", "utf-32", "ucs-2", "ucs-4",
	"iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5",
	"iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9", "iso-8859-10",
	"iso-8859-11", "iso-8859-13", "iso-8859-14", "iso-8859-15",
	"iso-8859-16", "windows-1250", "windows-1251", "windows-1252",
	"windows-1253", "windows-1254", "windows-1255", "windows-1256",
	"windows-1257", "windows-1258", "cp437", "cp737", "cp850", "cp852",
	"cp855", "cp857", "cp858", "cp862", "cp864", "cp865", "cp866", "cp869",
	"cp874", "cp932", "cp936", "cp949", "cp950", "koi8-r", "koi8-u",
	"koi8-t", "tis-620", "viscii", "tcvn5712-1", "armscii-8",
	"georgian-academy", "georgian-ps", "pt154", "rk1048", "macintosh",
	"mac-cyrillic", "gb2312", "gbk", "gb18030", "hz-gb-2312", "big5",
	"big5-hkscs", "iso-2022-cn", "iso-2022-cn-ext", "iso-2022-jp",
	"iso-2022-jp-2", "iso-2022-jp-3", "euc-jp", "shift_jis", "euc-kr",
	"iso-2022-kr", "johab", "uhc", "euc-tw", "greek7", "iso_5428:1980" };
const unsigned ingest_sandbox_n_charsets =
    sizeof(ingest_sandbox_charsets) / sizeof(ingest_sandbox_charsets[0]);

/* Kept open for good: the C library unloads what nobody uses. */
static iconv_t kept[2 * sizeof(ingest_sandbox_charsets) /
    sizeof(ingest_sandbox_charsets[0])];
static unsigned n_kept;

void
ingest_sandbox_prepare(void)
{
	time_t now = time(NULL);
	struct tm tm;

	if (n_kept > 0) {
		return;
	}
	for (unsigned i = 0; i < ingest_sandbox_n_charsets; i++) {
		const char *name = ingest_sandbox_charsets[i];

		kept[n_kept++] = iconv_open("UTF-8", name);
		kept[n_kept++] = iconv_open(name, "UTF-8");
	}
	tzset();
	(void)localtime_r(&now, &tm);
}

/* ---- system calls -------------------------------------------------------- */

static const int allowed[] = {
	SCMP_SYS(read),
	SCMP_SYS(write),
	SCMP_SYS(readv),
	SCMP_SYS(writev),
	SCMP_SYS(close),
	SCMP_SYS(lseek),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(membarrier),
	SCMP_SYS(rseq),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_getres),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(getrusage),
	SCMP_SYS(times),
	SCMP_SYS(getrandom),
	SCMP_SYS(sysinfo),
	SCMP_SYS(uname),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
};

/* Tried by the C library for its own reasons, and never needed. */
static const int denied[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(openat2),
	SCMP_SYS(creat),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(statx),
	SCMP_SYS(statfs),
	SCMP_SYS(fstatfs),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(ioctl),
	SCMP_SYS(fcntl),
	SCMP_SYS(dup),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(prctl),
	SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit),
};

static int
confine_calls(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
	struct scmp_arg_cmp no_code = SCMP_A2(
	    SCMP_CMP_MASKED_EQ, (scmp_datum_t)PROT_EXEC, (scmp_datum_t)0);
	struct scmp_arg_cmp self =
	    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), (scmp_datum_t)0);
	int r = f != NULL ? 0 : -ENOMEM;

	if (r == 0) {
		r = seccomp_attr_set(
		    f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	}
	for (size_t i = 0; r == 0 && i < sizeof(allowed) / sizeof(allowed[0]);
	     i++) {
		r = seccomp_rule_add_array(
		    f, SCMP_ACT_ALLOW, allowed[i], 0, NULL);
	}
	for (size_t i = 0; r == 0 && i < sizeof(denied) / sizeof(denied[0]);
	     i++) {
		r = seccomp_rule_add_array(
		    f, SCMP_ACT_ERRNO(EACCES), denied[i], 0, NULL);
	}
	/* Memory, but none that can be run. */
	if (r == 0) {
		r = seccomp_rule_add_array(
		    f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, &no_code);
	}
	if (r == 0) {
		r = seccomp_rule_add_array(
		    f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, &no_code);
	}
	/* abort() */
	if (r == 0) {
		r = seccomp_rule_add_array(
		    f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);
	}
	if (r == 0) {
		r = seccomp_load(f);
	}
	seccomp_release(f);
	if (r < 0) {
		errno = -r;
		return ERR_SYS;
	}
	return 0;
}

/* ---- files --------------------------------------------------------------- */

/* Not all kernels have it, and the calls are fenced off already: best effort.
 * A ruleset without rules allows nothing. */
static void
confine_files(void)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE |
		    LANDLOCK_ACCESS_FS_WRITE_FILE |
		    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |
		    LANDLOCK_ACCESS_FS_REMOVE_DIR |
		    LANDLOCK_ACCESS_FS_REMOVE_FILE |
		    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
		    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
		    LANDLOCK_ACCESS_FS_MAKE_FIFO |
		    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM,
	};
	long fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (fd >= 0) {
		(void)syscall(SYS_landlock_restrict_self, (int)fd, 0);
		close((int)fd);
	}
}

/* ---- limits -------------------------------------------------------------- */

static void
limit(int what, rlim_t soft)
{
	struct rlimit r = { .rlim_cur = soft, .rlim_max = soft };
	struct rlimit old;

	if (getrlimit((__rlimit_resource_t)what, &old) == 0 &&
	    old.rlim_max < soft) {
		r.rlim_cur = r.rlim_max = old.rlim_max;
	}
	(void)setrlimit((__rlimit_resource_t)what, &r);
}

/* Address space that the process has now, in bytes. */
static size_t
size_now(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f != NULL) {
		if (fscanf(f, "%lu", &pages) != 1) {
			pages = 0;
		}
		fclose(f);
	}
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

int
ingest_sandbox_enter(size_t memory)
{
	size_t size = size_now();

	if (size == 0) { /* a limit too low would fail every mail */
		errno = ENOENT;
		return ERR_SYS;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		return ERR_SYS;
	}
	confine_files();
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_STACK, 8u << 20);
#ifndef ADDRESS_SANITIZER
	limit(RLIMIT_AS, size + memory);
#else
	(void)memory;
#endif
	limit(RLIMIT_NOFILE, 0); /* those that are open stay so */
	return confine_calls();
}
