#include "daemon/work_object.h"

void work_object_free(WorkObject *object)
{
    if (object == NULL)
        return;
    g_free(object->key);
    g_free(object->etag);
    store_head_free(object->head);
    g_free(object->version);
    g_array_unref(object->outputs);
    g_free(object);
}

const DiffOutput *work_object_output(const WorkObject *object, guint i)
{
    return &g_array_index(object->outputs, DiffOutput, i);
}

gint work_object_find(const WorkObject *object, guint number)
{
    for (guint i = 0; i < object->outputs->len; i++)
        if (work_object_output(object, i)->output == number)
            return (gint)i;
    return -1;
}
