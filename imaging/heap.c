#include "imaging/heap.h"

#include <malloc.h>

/* Arrays from this size on are mapped. Mapping costs a page fault for every 4 KiB, each time: most images'
 * arrays are below it. */
#define MAPPED_BYTES (8 << 20)

/* The end of the heap is given back when this much of it is free. */
#define SLACK_BYTES (16 << 20)

/* Threads of libvips come and go within each rendering: a heap for each is one more to be fragmented. */
#define HEAPS 1

void heap_configure(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, SLACK_BYTES);
    (void)mallopt(M_ARENA_MAX, HEAPS);
}
