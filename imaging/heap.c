#include "imaging/heap.h"

#include <malloc.h>

/* Arrays of this size and more are mapped. Each mapping costs a page fault per 4 KiB, so the arrays of most
 * images should be smaller. */
#define MAPPED_BYTES (8 << 20)

/* The end of the heap is returned to the system when this much of it is free. */
#define SLACK_BYTES (16 << 20)

/* libvips starts and ends threads during each rendering. A heap for each thread would be one more heap to
 * fragment. */
#define HEAPS 1

void heap_configure(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, SLACK_BYTES);
    (void)mallopt(M_ARENA_MAX, HEAPS);
}
