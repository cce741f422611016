# SPDX-License-Identifier: MIT
# Rota for a kernel's own Makefile (GNU make), compiled with the kernel's own compiler and flags:
#
#       ROTA_LEVEL := 2
#       ROTA_POLICIES := prio
#       ROTA_ARCH := x86_64
#       include rota/rota.mk
#       kernel.elf: $(OBJECTS) $(ROTA_OBJECTS)
#
# Set before the include:
#   ROTA_LEVEL     1 threads on one CPU with a periodic tick; 2 more CPUs; 3 tickless, exact accounts
#                  and traces; 4 kinds of task without a stack. Default 3. Higher ones hold the lower.
#   ROTA_POLICIES  beside rr, which is always there: fifo, prio. Default none.
#   ROTA_SYNC      1: <rota/sync.h> too: mutexes, semaphores, channels and so on. Default: not.
#   ROTA_USER      1: <rota/user.h> too, user tasks: level 4, and an architecture that has user mode.
#                  Default: not.
#   ROTA_FUTURE    1: <rota/futures.h> too, futures: level 4, with ROTA_SYNC. Default: not.
#   ROTA_ARCH      whose context switch to take: x86_64, aarch64 or riscv64. Default none: the kernel has its own.
#   ROTA_DEBUG     1: rota_check(), rota_dump() and rota_port_selftest() too; with -DROTA_DEBUG=1 in
#                  CPPFLAGS as well, misuse is reported (docs/MISUSE.md). Default: not.
#   ROTA_OBJ       where objects go, default rota-obj
#   ROTA_CFLAGS    before the kernel's CPPFLAGS and CFLAGS, which therefore win. Default
#                  -std=c11 -ffreestanding.
# Receives:
#   ROTA_SOURCES   the files, to compile them in another way
#   ROTA_OBJECTS   what they become, by $(CC) $(ROTA_CFLAGS) $(ROTA_INCLUDES) $(CPPFLAGS) $(CFLAGS)
#   ROTA_CPPFLAGS  include paths for the files that call Rota
#   ROTA_INCLUDES  include paths for Rota's own files; the directories of the kernel's rota_port.h
#                  and rota_config.h belong into its CPPFLAGS
#
# The lines "rota_<list> += <file>" below are the one list of the library's files: CMake and
# tools/sources read them from here. One file a line, nothing else on it.

# Every level.
rota_level_1 += src/base/heap.c
rota_level_1 += src/base/lock.c
rota_level_1 += src/core/change.c
rota_level_1 += src/core/cleanup.c
rota_level_1 += src/core/decide.c
rota_level_1 += src/core/dispatch.c
rota_level_1 += src/core/exit.c
rota_level_1 += src/core/extra.c
rota_level_1 += src/core/fallback.c
rota_level_1 += src/core/gdb.c
rota_level_1 += src/core/home.c
rota_level_1 += src/core/instance.c
rota_level_1 += src/core/irq.c
rota_level_1 += src/core/join.c
rota_level_1 += src/core/layout.c
rota_level_1 += src/core/park.c
rota_level_1 += src/core/queue.c
rota_level_1 += src/core/slot.c
rota_level_1 += src/core/stack.c
rota_level_1 += src/core/task.c
rota_level_1 += src/core/text.c
rota_level_1 += src/core/thread.c
rota_level_1 += src/core/timer.c
rota_level_1 += src/core/view.c
rota_level_1 += src/core/wait.c
rota_level_1 += src/policy/line.c
rota_level_1 += src/policy/rr.c

# From a level on, and what stands in for that below it.
rota_level_2 += src/core/affinity.c
rota_level_2 += src/core/arrive.c
rota_level_2 += src/core/leave.c
rota_level_2 += src/core/place.c
rota_level_2 += src/core/place_many.c
rota_level_2 += src/core/pull.c
rota_level_2 += src/core/quick.c
rota_level_2 += src/core/stop.c
rota_below_2 += src/core/one_cpu.c
rota_below_2 += src/core/plain.c

rota_level_3 += src/core/account.c
rota_level_3 += src/core/watchdog.c
rota_level_3 += src/trace/latency.c
rota_level_3 += src/trace/ring.c
rota_below_3 += src/core/no_accounts.c

rota_level_4 += src/core/polls.c
rota_level_4 += src/core/spare.c
rota_level_4 += src/core/turn.c
rota_level_4 += src/user/asid.c
rota_below_4 += src/core/no_turns.c

# User tasks, in level 4, and what each architecture has for them.
rota_user += src/user/drive.c
rota_user += src/user/execute.c
rota_user += src/user/task.c
rota_user += src/user/trap.c
rota_user_aarch64 += arch/aarch64/user.S
rota_user_aarch64 += arch/aarch64/user.c
rota_user_riscv64 += arch/riscv64/user.S
rota_user_riscv64 += arch/riscv64/user.c
rota_user_x86_64 += arch/x86_64/user.S
rota_user_x86_64 += arch/x86_64/user.c

# Futures, in level 4, with rota_sync.
rota_future += src/future/abortable.c
rota_future += src/future/alarm.c
rota_future += src/future/await.c
rota_future += src/future/await_kinds.c
rota_future += src/future/await_more.c
rota_future += src/future/block_on.c
rota_future += src/future/blocking.c
rota_future += src/future/coroutine.c
rota_future += src/future/join.c
rota_future += src/future/race.c
rota_future += src/future/ready.c
rota_future += src/future/retry.c
rota_future += src/future/scope.c
rota_future += src/future/sleep.c
rota_future += src/future/spawn.c
rota_future += src/future/task.c
rota_future += src/future/until.c

# Waiting for each other, in every level.
rota_sync += src/sync/barrier.c
rota_sync += src/sync/channel.c
rota_sync += src/sync/completion.c
rota_sync += src/sync/condition.c
rota_sync += src/sync/contend.c
rota_sync += src/sync/events.c
rota_sync += src/sync/inherit.c
rota_sync += src/sync/lend.c
rota_sync += src/sync/mutex.c
rota_sync += src/sync/notify.c
rota_sync += src/sync/once.c
rota_sync += src/sync/permits.c
rota_sync += src/sync/pool.c
rota_sync += src/sync/queue.c
rota_sync += src/sync/rwlock.c
rota_sync += src/sync/select.c
rota_sync += src/sync/semaphore.c
rota_sync += src/sync/soft_timer.c
rota_sync += src/sync/spinlock.c
rota_sync += src/sync/work.c

# Chosen by name.
rota_policy_rr += src/policy/rr.c
rota_policy_rr += src/policy/line.c
rota_policy_fifo += src/policy/fifo.c
rota_policy_fifo += src/policy/line.c
rota_policy_prio += src/policy/prio.c
rota_policy_prio += src/policy/prio_check.c

rota_arch_aarch64 += arch/aarch64/fpu.S
rota_arch_aarch64 += arch/aarch64/switch.S
rota_arch_riscv64 += arch/riscv64/fpu.S
rota_arch_riscv64 += arch/riscv64/fpu.c
rota_arch_riscv64 += arch/riscv64/switch.S
rota_arch_x86_64 += arch/x86_64/fpu.c
rota_arch_x86_64 += arch/x86_64/switch.S

rota_debug += src/core/check.c
rota_debug += src/core/debug.c
rota_debug += src/core/debug_spin.c
rota_debug += src/core/dump.c
rota_debug += src/core/selftest.c
rota_debug += src/core/selftest_context.c
rota_debug += src/core/selftest_cpus.c
rota_debug += src/core/selftest_extra.c
rota_debug += src/core/selftest_time.c
rota_debug += src/core/selftest_wake.c

# ---- From here on it is make's business. ----

ROTA := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
ROTA_LEVEL ?= 3
# A comment behind a value leaves blanks in it.
override ROTA_LEVEL := $(strip $(ROTA_LEVEL))
ROTA_POLICIES ?=
ROTA_SYNC ?=
ROTA_USER ?=
ROTA_FUTURE ?=
ROTA_ARCH ?=
ROTA_DEBUG ?=
ROTA_OBJ ?= rota-obj
ROTA_CFLAGS ?= -std=c11 -ffreestanding

rota_files_1 := $(rota_level_1) $(rota_below_2) $(rota_below_3) $(rota_below_4)
rota_files_2 := $(rota_level_1) $(rota_level_2) $(rota_below_3) $(rota_below_4)
rota_files_3 := $(rota_level_1) $(rota_level_2) $(rota_level_3) $(rota_below_4)
rota_files_4 := $(rota_level_1) $(rota_level_2) $(rota_level_3) $(rota_level_4)

ifeq ($(rota_files_$(ROTA_LEVEL)),)
$(error ROTA_LEVEL is '$(ROTA_LEVEL)'; it is 1, 2, 3 or 4)
endif
$(foreach p,$(ROTA_POLICIES),$(if $(rota_policy_$(p)),,$(error ROTA_POLICIES: no policy is called '$(p)')))
$(foreach a,$(ROTA_ARCH),$(if $(rota_arch_$(a)),,$(error ROTA_ARCH: there is none for '$(a)')))

ifeq ($(ROTA_USER),1)
$(if $(filter 4,$(ROTA_LEVEL)),,$(error ROTA_USER: user tasks are of level 4))
$(if $(rota_user_$(ROTA_ARCH)),,$(error ROTA_USER: ROTA_ARCH is '$(ROTA_ARCH)', which has no user mode))
endif
ifeq ($(ROTA_FUTURE),1)
$(if $(filter 4,$(ROTA_LEVEL)),,$(error ROTA_FUTURE: futures are of level 4))
$(if $(filter 1,$(ROTA_SYNC)),,$(error ROTA_FUTURE: futures wait for what is in ROTA_SYNC, which is not set))
endif

ROTA_SOURCES := $(addprefix $(ROTA)/,$(sort $(rota_files_$(ROTA_LEVEL)) \
	$(foreach p,$(ROTA_POLICIES),$(rota_policy_$(p))) \
	$(foreach a,$(ROTA_ARCH),$(rota_arch_$(a))) $(if $(filter 1,$(ROTA_SYNC)),$(rota_sync)) \
	$(if $(filter 1,$(ROTA_USER)),$(rota_user) $(rota_user_$(ROTA_ARCH))) \
	$(if $(filter 1,$(ROTA_FUTURE)),$(rota_future)) \
	$(if $(filter 1,$(ROTA_DEBUG)),$(rota_debug))))
ROTA_OBJECTS := $(patsubst $(ROTA)/%,$(ROTA_OBJ)/%.o,$(ROTA_SOURCES))
ROTA_CPPFLAGS := -I$(ROTA)/include $(if $(ROTA_ARCH),-I$(ROTA)/arch/$(ROTA_ARCH))
ROTA_INCLUDES := $(ROTA_CPPFLAGS) -I$(ROTA)/src

$(ROTA_OBJ)/%.o: $(ROTA)/%
	@mkdir -p $(@D)
	$(CC) $(ROTA_CFLAGS) $(ROTA_INCLUDES) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

# The dependency files hold rules; the first rule of the kernel's stays the default one.
rota_goal := $(.DEFAULT_GOAL)
-include $(ROTA_OBJECTS:.o=.d)
.DEFAULT_GOAL := $(rota_goal)
