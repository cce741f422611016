# SPDX-License-Identifier: MIT
# The library alone, against the plain <rota/port.h>: no libc, no world. Two checks hang on it: that
# it compiles so at all, and that the archives ask for nothing but a port and the four memory
# functions that any compiler may call (tests/build).
function(rota_freestanding NAME LEVEL)
  add_library(${NAME} OBJECT ${ROTA_SOURCES})
  target_include_directories(${NAME} PRIVATE ${ROTA_PUBLIC_INCLUDES} ${ROTA_PRIVATE_INCLUDES})
  target_compile_options(${NAME} PRIVATE
    -ffreestanding ${LEVEL} -fno-pic -fno-pie -fno-stack-protector -fno-sanitize=all)
  add_library(${NAME}_archive STATIC $<TARGET_OBJECTS:${NAME}>)
  set_target_properties(${NAME}_archive PROPERTIES LINKER_LANGUAGE C)
endfunction()

if(ROTA_SOURCES AND NOT ROTA_SANITIZER)
  string(TOLOWER ${CMAKE_C_COMPILER_ID} ROTA_COMPILER)
  string(REPLACE gnu gcc ROTA_COMPILER ${ROTA_COMPILER})
  rota_freestanding(rota_freestanding_${ROTA_COMPILER} -O2)
  rota_freestanding(rota_freestanding_${ROTA_COMPILER}_small -Os)
endif()
