/* Configures how malloc() returns freed memory to the system, for the whole process.
 *
 * Used by the imager. An image needs a few large arrays and many small ones. By default, when glibc frees a
 * mapped array it raises the size from which arrays are mapped (and so returned at once) to that array's
 * size, up to 32 MB. From then on such arrays lie in heaps, between small blocks that stay, and a process
 * that has rendered one large image stays large.
 */
#pragma once

/* Fixes these sizes, and lets all threads share one heap. Call it before threads exist. */
void heap_configure(void);
