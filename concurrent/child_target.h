/* One target function for all executors: what runs inline or in a thread (concurrent/call.h) made to run in a
 * child process as well (concurrent/child.h).
 *
 *   static void square(Call *call, GVariant *args, FdList *fds, void *data) { ... call_return(...); }
 *   CHILD_TARGET(square)
 *
 *   const CallTarget here[] = {{"square", "i", square}};            for thread_executor_new()
 *   const Target there[] = {{"square", "i", square_in_child}};      for child_serve() */
#pragma once

#include "concurrent/call.h"
#include "concurrent/child.h"

/* A call that ends the child's call, which it takes over. */
Call *child_target_call(ChildCall *child_call);

#define CHILD_TARGET(func)                                                                                   \
    static void func##_in_child(ChildCall *child_call, GVariant *args, FdList *fds, void *data)              \
    {                                                                                                        \
        func(child_target_call(child_call), args, fds, data);                                                \
    }
