# SPDX-License-Identifier: MIT
# Bare-metal x86_64: clang compiles and assembles, ld.lld links; no libc, no start files.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET x86_64-none-elf)
set(CMAKE_ASM_COMPILER clang)
set(CMAKE_ASM_COMPILER_TARGET x86_64-none-elf)
find_program(ROTA_LLD NAMES ld.lld ld.lld-19 ld.lld-18 ld.lld-17 ld.lld-16 ld.lld-15 ld.lld-14 REQUIRED)
set(CMAKE_LINKER ${ROTA_LLD})

# No red zone: an interrupt is taken on the interrupted thread's stack. General registers only: a
# switch need not save what the kernel never touches. Frame pointers: for the backtrace.
# A frame larger than a page touches each of its pages in turn, and so does not jump over the gap below
# a stack (clang's driver keeps that from bare targets, its compiler does not).
string(JOIN " " ROTA_BARE_FLAGS
  -ffreestanding -nostdlibinc -fno-pic -fno-pie -mcmodel=small -mno-red-zone -mgeneral-regs-only
  -fno-omit-frame-pointer -Xclang -fstack-clash-protection -fno-stack-protector -fno-asynchronous-unwind-tables
  -ffunction-sections -fdata-sections)
set(CMAKE_C_FLAGS_INIT "${ROTA_BARE_FLAGS}")
set(CMAKE_ASM_FLAGS_INIT "-fno-pic -fno-pie")

# clang would call the host's gcc to link; call the linker itself. Link options are ld's own.
set(CMAKE_C_LINK_EXECUTABLE
  "<CMAKE_LINKER> -m elf_x86_64 -nostdlib -static --gc-sections -z max-page-size=4096 <LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>")
set(CMAKE_ASM_LINK_EXECUTABLE "${CMAKE_C_LINK_EXECUTABLE}")
