# Lets ctest, and so `make check`, run groups of gkfs-bench. Copy this file into your project, then
#
#     enable_testing()
#     include(gkfs-bench.cmake)
#     gkfs_bench_add_test(
#         NAME directories
#         SOURCE tests/directories
#         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
#     )
#
# NAME               what ctest calls it
# SOURCE             suites, directories, files or test ids, as `gkfs-bench run` takes them, all of one suite
# WORKING_DIRECTORY  what SOURCE is relative to; default: the directory of the CMakeLists.txt
# ARGS               further arguments, for example --bin-dir $<TARGET_FILE_DIR:gkfs_daemon>
#
# The command is looked for as the variable GKFS_BENCH, then in PATH. The test passes when every test of the group does;
# what happened is in the suite's .gkfs-bench/ and is shown by `gkfs-bench show`. The target `check` builds everything
# that belongs to `all`, and runs ctest.

include_guard(GLOBAL)

find_program(GKFS_BENCH gkfs-bench DOC "The command gkfs-bench")

if (NOT TARGET check)
    add_custom_target(check
        COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR}
        COMMAND ${CMAKE_CTEST_COMMAND} --output-on-failure
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
        USES_TERMINAL)
endif ()

function(gkfs_bench_add_test)
    cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;WORKING_DIRECTORY" "SOURCE;ARGS")
    if (ARG_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "gkfs_bench_add_test: ${ARG_UNPARSED_ARGUMENTS} is neither NAME, SOURCE, WORKING_DIRECTORY nor ARGS")
    endif ()
    if (NOT ARG_NAME OR NOT ARG_SOURCE)
        message(FATAL_ERROR "gkfs_bench_add_test needs a NAME and a SOURCE")
    endif ()
    if (NOT GKFS_BENCH)
        message(FATAL_ERROR "gkfs_bench_add_test: there is no gkfs-bench in PATH; install it, or set GKFS_BENCH to it")
    endif ()
    if (NOT ARG_WORKING_DIRECTORY)
        set(ARG_WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    endif ()
    add_test(
        NAME ${ARG_NAME}
        COMMAND ${GKFS_BENCH} run ${ARG_SOURCE} ${ARG_ARGS}
        WORKING_DIRECTORY ${ARG_WORKING_DIRECTORY})
    # Its tests have deadlines of their own.
    set_tests_properties(${ARG_NAME} PROPERTIES TIMEOUT 86400)
endfunction()
