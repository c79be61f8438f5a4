/* Memory for results of two operands, of which graphs are full.

Python's allocator hands the memory of a graph that is freed back to the system, and the next graph waits until the
system has cleared it anew, page by page: from 10⁵ nodes on that is half the time of recording.  Here nodes lie in
blocks that stay mapped when they are empty.  Beyond the first few, the system takes their pages when it is short of
memory, and only then (MADV_FREE).  tracemalloc does not see them.

The interpreter's lock guards it all. */

#pragma once

#include "CPy.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#ifdef MADV_FREE

#define AUTOGRAD_BLOCK ((size_t)1 << 20)
#define AUTOGRAD_PAGE ((size_t)64 << 10) /* of any Linux */
#define AUTOGRAD_KEPT 16

typedef struct autograd_block {
    struct autograd_block *next, *previous; /* in the list of those that have room */
    char *dead;                             /* nodes that were freed, each with the next in its first word */
    size_t end;                             /* beyond it nothing was ever used */
    size_t alive;
} autograd_block;

static PyTypeObject CPyType_value___Binary_template_; /* mypyc's, from which it makes the type */

static autograd_block *autograd_room = NULL;
static int autograd_empty = 0;

static inline int autograd_full(autograd_block *block, size_t size) {
    return block->dead == NULL && block->end + size > AUTOGRAD_BLOCK;
}

static inline void autograd_link(autograd_block *block) {
    block->previous = NULL;
    block->next = autograd_room;
    if (autograd_room != NULL)
        autograd_room->previous = block;
    autograd_room = block;
}

static inline void autograd_unlink(autograd_block *block) {
    if (block->previous != NULL)
        block->previous->next = block->next;
    else
        autograd_room = block->next;
    if (block->next != NULL)
        block->next->previous = block->previous;
}

static autograd_block *autograd_map(size_t size) {
    char *found = mmap(NULL, 2 * AUTOGRAD_BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (found == MAP_FAILED)
        return NULL;
    char *aligned = (char *)(((uintptr_t)found + AUTOGRAD_BLOCK - 1) & ~(AUTOGRAD_BLOCK - 1));
    if (aligned != found)
        munmap(found, aligned - found);
    munmap(aligned + AUTOGRAD_BLOCK, found + AUTOGRAD_BLOCK - aligned);
    autograd_block *block = (autograd_block *)aligned;
    block->end = size;
    autograd_link(block);
    autograd_empty++;
    return block;
}

static PyObject *autograd_alloc(PyTypeObject *type, Py_ssize_t n) {
    size_t size = type->tp_basicsize;
    autograd_block *block = autograd_room;
    if (block == NULL && (block = autograd_map(size)) == NULL)
        return PyErr_NoMemory();
    char *node = block->dead;
    if (node != NULL) {
        block->dead = *(char **)node;
    } else {
        node = (char *)block + block->end;
        block->end += size;
    }
    if (block->alive++ == 0)
        autograd_empty--;
    if (autograd_full(block, size))
        autograd_unlink(block);
    memset(node, 0, size);
    return PyObject_Init((PyObject *)node, type);
}

static void autograd_free(void *node) {
    size_t size = Py_TYPE(node)->tp_basicsize;
    autograd_block *block = (autograd_block *)((uintptr_t)node & ~(AUTOGRAD_BLOCK - 1));
    if (autograd_full(block, size))
        autograd_link(block);
    *(char **)node = block->dead;
    block->dead = node;
    if (--block->alive > 0)
        return;
    block->dead = NULL; /* so that it is filled from its start again */
    block->end = size;
    if (autograd_empty++ >= AUTOGRAD_KEPT) /* its first page has the fields above */
        madvise((char *)block + AUTOGRAD_PAGE, AUTOGRAD_BLOCK - AUTOGRAD_PAGE, MADV_FREE);
}

__attribute__((constructor)) static void autograd_use_blocks(void) {
    CPyType_value___Binary_template_.tp_alloc = autograd_alloc;
    CPyType_value___Binary_template_.tp_free = autograd_free;
}

#endif
