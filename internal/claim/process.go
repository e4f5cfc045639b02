package claim

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// machine names what a PID is a number of: a boot of a machine, and in it a namespace of PIDs, as containers of one machine have
// several. Empty where the system does not tell: then no process is known to be gone.
var machine = sync.OnceValue(func() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + namespace
})

// alive tells whether a process of this machine that began at a time may be running. That of another user may be hidden.
func alive(pid int, began string) bool {
	now := start(pid)
	if machine() == "" || began == "" || now == "" && errors.Is(syscall.Kill(pid, 0), syscall.EPERM) {
		return true
	}
	return now == began
}

// start is when a process of this machine began, in ticks since the boot; empty where it is gone or dead, and its parent has not waited for it.
// Source: proc_pid_stat(5).
func start(pid int) string {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return ""
	}
	text := string(stat)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // the program's name may hold spaces
	if len(fields) < 20 || strings.Contains("ZXx", fields[0]) {
		return ""
	}
	return fields[19]
}
