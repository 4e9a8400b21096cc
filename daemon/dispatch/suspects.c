#include "daemon/dispatch/suspects.h"

void suspects_add(Suspects *suspects, WorkObject *object, ObjectResult *result, OutageKind kind)
{
    Suspect *suspect = g_new(Suspect, 1);

    *suspect = (Suspect){.object = object, .result = result, .kind = kind};
    g_queue_push_tail(&suspects->queue, suspect);
}

Suspect *suspects_take(Suspects *suspects, OutageKind kind)
{
    for (GList *link = suspects->queue.head; link != NULL; link = link->next) {
        Suspect *suspect = link->data;

        if (suspect->kind == kind) {
            g_queue_delete_link(&suspects->queue, link);
            return suspect;
        }
    }
    return NULL;
}

guint suspects_count(const Suspects *suspects)
{
    return suspects->queue.length;
}

void suspect_free(Suspect *suspect)
{
    if (suspect == NULL)
        return;
    work_object_free(suspect->object);
    object_result_free(suspect->result);
    g_free(suspect);
}

void suspects_clear(Suspects *suspects)
{
    g_queue_clear_full(&suspects->queue, (GDestroyNotify)suspect_free);
}
