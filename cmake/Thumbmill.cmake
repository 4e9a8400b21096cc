# thumbmill_library(NAME SOURCES ... HEADERS ... USES ...)
#   The static library of one folder. HEADERS form a header set, so that each is also compiled alone.
function(thumbmill_library name)
  cmake_parse_arguments(PARSE_ARGV 1 L "" "" "SOURCES;HEADERS;USES")
  add_library(${name} STATIC)
  target_sources(${name} PRIVATE ${L_SOURCES}
    PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${L_HEADERS})
  set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON POSITION_INDEPENDENT_CODE ON
    OUTPUT_NAME thumbmill-${name})
  target_link_libraries(${name} PUBLIC PkgConfig::GLIB ${L_USES})
endfunction()

# What no test may print. Criterion lets a leaking test pass with exit status 0.
set(THUMBMILL_TEST_FAILURES
  "ERROR: (Address|Leak|Thread|Memory)Sanitizer" "WARNING: ThreadSanitizer" "runtime error:" "Tested: 0 "
  "crashed during its setup or teardown" "-CRITICAL \\*\\*")
set(THUMBMILL_TEST_ENVIRONMENT
  "G_DEBUG=fatal-criticals" "G_SLICE=always-malloc" "VIPS_LEAK=0"
  "LSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/lsan.supp:print_suppressions=0"
  "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp")

# A timeout ends what hangs, on a machine that may be busy with other tests.
function(thumbmill_test_properties name timeout)
  if(THUMBMILL_SANITIZE)
    math(EXPR timeout "${timeout} * 3")
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout}
    FAIL_REGULAR_EXPRESSION "${THUMBMILL_TEST_FAILURES}"
    ENVIRONMENT "${THUMBMILL_TEST_ENVIRONMENT}")
endfunction()

# thumbmill_test(FOLDER/NAME USES ... [SOURCES ...] [WRAPS FUNCTION...])
#   tests/FOLDER/test_NAME.c against Criterion, as the CTest test FOLDER/NAME. WRAPS: functions that the program
#   replaces by its own, __wrap_FUNCTION() (ld --wrap). Criterion cannot run under the
#   thread sanitizer (its arena cannot be mapped), so these are not built there.
function(thumbmill_test path)
  cmake_parse_arguments(PARSE_ARGV 1 T "" "TIMEOUT" "USES;SOURCES;ARGS;WRAPS")
  if(NOT CRITERION_FOUND OR THUMBMILL_SANITIZE MATCHES "thread")
    return()
  endif()
  get_filename_component(folder ${path} DIRECTORY)
  get_filename_component(name ${path} NAME)
  string(REPLACE "/" "_" target test_${path})
  add_executable(${target} ${PROJECT_SOURCE_DIR}/tests/${folder}/test_${name}.c ${T_SOURCES})
  target_link_libraries(${target} PRIVATE PkgConfig::CRITERION ${T_USES})
  target_compile_definitions(${target} PRIVATE
    TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data" TEST_BIN="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  # Criterion's own macros
  target_compile_options(${target} PRIVATE -Wno-null-dereference -Wno-undef -Wno-sign-conversion -Wno-conversion)
  foreach(wrapped IN LISTS T_WRAPS)
    target_link_options(${target} PRIVATE -Wl,--wrap=${wrapped})
  endforeach()
  add_test(NAME ${path} COMMAND ${target} ${T_ARGS})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 180)
  endif()
  thumbmill_test_properties(${path} ${T_TIMEOUT})
endfunction()

# thumbmill_fuzz(NAME USES ...)
#   tests/fuzz/fuzz_NAME.c with libFuzzer, as the executable fuzz_NAME and part of the target fuzz.
function(thumbmill_fuzz name)
  cmake_parse_arguments(PARSE_ARGV 1 F "" "" "USES;SOURCES")
  if(NOT THUMBMILL_SANITIZE MATCHES "fuzzer")
    return()
  endif()
  add_executable(fuzz_${name} fuzz_${name}.c ${F_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE ${F_USES})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  if(NOT TARGET fuzz)
    add_custom_target(fuzz)
  endif()
  add_dependencies(fuzz fuzz_${name})
endfunction()
