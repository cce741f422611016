# SPDX-License-Identifier: MIT
# A program that runs in whatever world this build tree is for: its sources give world_main(), see
# port/world.h.
#
#   rota_world_program(NAME SOURCES...)
#
# On the host it is an executable that links rota_host; on bare metal a kernel image, made by the
# kernel's own rota_kernel_program().
function(rota_world_program NAME)
  if(ROTA_WORLD STREQUAL "host")
    if(TARGET rota_host)
      add_executable(${NAME} ${ARGN})
      target_link_libraries(${NAME} PRIVATE rota_host)
    endif()
  elseif(COMMAND rota_kernel_program)
    rota_kernel_program(${NAME} ${ARGN})
  endif()
endfunction()
