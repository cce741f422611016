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

# The same against a library built with ROTA_DEBUG=1; the world's own library is compiled once more.
#
#   rota_debug_program(NAME SOURCES...)
function(rota_debug_program NAME)
  if(ROTA_WORLD STREQUAL "host")
    set(library rota_host)
    find_package(Threads REQUIRED)
  else()
    set(library rota_kernel)
  endif()
  if(NOT TARGET ${library}_debug)
    get_target_property(directory ${library} SOURCE_DIR)
    get_target_property(relative ${library} SOURCES)
    foreach(source IN LISTS relative)
      cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${directory})
      list(APPEND absolute ${source})
    endforeach()
    add_library(${library}_debug STATIC ${absolute})
    foreach(property INCLUDE_DIRECTORIES INTERFACE_INCLUDE_DIRECTORIES COMPILE_OPTIONS
        INTERFACE_COMPILE_OPTIONS LINK_LIBRARIES INTERFACE_LINK_LIBRARIES)
      get_target_property(value ${library} ${property})
      if(value)
        set_target_properties(${library}_debug PROPERTIES ${property} "${value}")
      endif()
    endforeach()
    target_compile_definitions(${library}_debug PUBLIC ROTA_DEBUG=1)
  endif()
  add_executable(${NAME} ${ARGN})
  target_link_libraries(${NAME} PRIVATE ${library}_debug)
  if(NOT ROTA_WORLD STREQUAL "host")
    target_link_options(${NAME} PRIVATE -T ${ROTA_KERNEL_SCRIPT} -u boot_entry)
    set_target_properties(${NAME} PROPERTIES LINK_DEPENDS ${ROTA_KERNEL_SCRIPT} SUFFIX .elf)
  endif()
endfunction()
