/* An executor that runs each task at once, in the thread that submits it: for tests and dry runs, and to find
 * out whether a bug needs concurrency. The future returned by submit is done, unless the target keeps its
 * call for later. */
#pragma once

#include "concurrent/call.h"
#include "concurrent/executor.h"

typedef struct InlineExecutor InlineExecutor;

/* table is copied, its array of targets borrowed. */
InlineExecutor *inline_executor_new(const CallTable *table);

/* The same object behind the common interface. It may be used from any thread; a task may submit others. */
Executor *inline_executor_base(InlineExecutor *executor);
