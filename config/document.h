/* A YAML document as a tree of nodes with their places in the file. Used by the main process, the only one
 * that runs a YAML parser (libyaml).
 *
 * YAML features that a configuration does not need are refused: anchors and aliases (so that no "billion
 * laughs" can unfold), tags, more than one document, text that is not UTF-8, keys that are not scalars or
 * occur twice in one mapping. */
#pragma once

#include <glib.h>

#include "config/problems.h"

/* Nesting of lists and mappings; a configuration has seven levels. */
#define DOCUMENT_MAX_DEPTH 8u

/* Scalars, lists and mappings in all: 64 outputs with all possible keys stay below 8000, and 1000 jobs
 * with an output each below 50000. */
#define DOCUMENT_MAX_NODES 100000u

/* Limit of one scalar. The longest valid one is a header's value. */
#define DOCUMENT_MAX_SCALAR_BYTES 4096u

typedef enum { NODE_SCALAR, NODE_LIST, NODE_MAPPING } NodeKind;

typedef struct Node Node;
struct Node {
    NodeKind kind;
    Mark mark;
    char *text;        /* of a scalar; UTF-8 without NUL */
    gboolean is_plain; /* a scalar without quotes, which may be a number */
    gboolean
        is_expanded; /* variables were replaced in it: it may be a number although it has quotes, which YAML
                           * needs around braces in a flow mapping */
    GPtrArray *children; /* of Node: a list's items, or a mapping's keys and values in turn */
    guint refs;
};

/* Adds mistakes to problems; file is the number of the file there. Returns NULL if nothing can be read;
 * refused keys are left out of the tree. */
Node *document_parse(const char *text, gsize size_bytes, guint32 file, Problems *problems);

/* The value of a mapping's key, or NULL. NULL if the node is not a mapping. */
const Node *node_find(const Node *mapping, const char *key);

/* "a list", "a mapping", "nothing" (null), or the quoted text of a scalar. Owned by the caller. */
char *node_describe(const Node *node);

/* Whether the node is a plain scalar that YAML reads as null. */
gboolean node_is_null(const Node *node);

/* Adds a key and its value to a mapping, and takes ownership of both. */
void node_add(Node *mapping, Node *key, Node *value);

/* A new scalar, list or mapping at this place, without content. */
Node *node_new(NodeKind kind, Mark mark);

/* A node may be part of several trees, which then must not change it. */
Node *node_ref(Node *node);
void node_unref(Node *node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Node, node_unref)
