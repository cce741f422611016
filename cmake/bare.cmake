# SPDX-License-Identifier: MIT
# What the toolchain files of all bare machines have in common: clang compiles and assembles, ld.lld
# links; no libc, no start files. <isa>-bare.cmake sets, then includes this:
#
#   ROTA_BARE_ISA        x86_64, aarch64 or riscv64
#   ROTA_BARE_EMULATION  what ld.lld calls the format of its programs
#   ROTA_BARE_MACHINE    what tells the compiler which instructions there are, in C and assembly
#   ROTA_BARE_C          what else C needs on this machine
#   ROTA_BARE_LINK       what else the linker needs
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR ${ROTA_BARE_ISA})
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(CMAKE_C_COMPILER clang)
set(CMAKE_C_COMPILER_TARGET ${ROTA_BARE_ISA}-none-elf)
set(CMAKE_ASM_COMPILER clang)
set(CMAKE_ASM_COMPILER_TARGET ${ROTA_BARE_ISA}-none-elf)
find_program(ROTA_LLD NAMES ld.lld ld.lld-19 ld.lld-18 ld.lld-17 ld.lld-16 ld.lld-15 ld.lld-14 REQUIRED)
set(CMAKE_LINKER ${ROTA_LLD})

# Frame pointers: for the backtrace. A frame larger than a page touches each of its pages in turn, and
# so does not jump over the gap below a stack (clang's driver keeps that from bare targets, its compiler
# does not; clang 14 does it on x86_64, later ones on the others too).
string(JOIN " " ROTA_BARE_FLAGS ${ROTA_BARE_MACHINE} ${ROTA_BARE_C}
  -ffreestanding -nostdlibinc -fno-pic -fno-pie -fno-omit-frame-pointer
  -Xclang -fstack-clash-protection -fno-stack-protector -fno-asynchronous-unwind-tables
  -ffunction-sections -fdata-sections)
string(JOIN " " ROTA_BARE_ASM_FLAGS ${ROTA_BARE_MACHINE} -fno-pic -fno-pie)
set(CMAKE_C_FLAGS_INIT "${ROTA_BARE_FLAGS}")
set(CMAKE_ASM_FLAGS_INIT "${ROTA_BARE_ASM_FLAGS}")

# clang would call the host's gcc to link; call the linker itself. Link options are ld's own.
string(JOIN " " CMAKE_C_LINK_EXECUTABLE
  "<CMAKE_LINKER> -m ${ROTA_BARE_EMULATION} -nostdlib -static --gc-sections -z max-page-size=4096"
  ${ROTA_BARE_LINK} "<LINK_FLAGS> <OBJECTS> -o <TARGET> <LINK_LIBRARIES>")
set(CMAKE_ASM_LINK_EXECUTABLE "${CMAKE_C_LINK_EXECUTABLE}")
