/* A sandbox that answers a system call in its SIGSYS handler. */
#include "transcript.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <ucontext.h>

static volatile int traps, number, code;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	traps++;
	number = info->si_syscall;
	code = info->si_code;
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = 4242;
}

int main(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgrp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof *filter, filter };
	put("f", "before");
	if (sigaction(SIGSYS, &(struct sigaction){ .sa_sigaction = handler, .sa_flags = SA_SIGINFO }, NULL) ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		say("no seccomp: %s\n", strerror(errno));
		return 0;
	}
	TRY(syscall(SYS_getppid));
	TRY(traps);
	TRY(number == SYS_getppid);
	TRY(code);
	TRY(syscall(SYS_getpgrp));
	put("f", "after");
	show("f");
	TRY(traps);
	pid_t child = fork();
	if (child == 0) {
		TRY(syscall(SYS_getppid));
		put("f", "child");
		_exit(0);
	}
	reap("child", child);
	show("f");
	return 0;
}
