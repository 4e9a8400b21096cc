/* A worker's objects, from files to files, with an imager that is made in memory. */
#include <criterion/criterion.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "config/config.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_result.h"
#include "daemon/protocol/object_task.h"
#include "daemon/worker/object_work.h"
#include "tests/concurrent/children.h"

#define BYTES "an original"

/* A worker, without its process. */
static struct {
    GMainContext *context;
    char *folder;
    Config *config;
    Workshop shop;
    ProcessExecutor *imager; /* the same as shop.imager.executor */
    Future *signature;       /* of the last question to the supervisor */
    GVariant *question;
} worker;

/* A call whose end is kept. */
typedef struct {
    Call base;
    ObjectResult *result; /* of `object` */
    GVariant *value;      /* of `explain` */
    GError *error;
} Answer;

Future *__wrap_child_ask(Child *child, const Call *call, const char *name, GVariant *value);

Future *__wrap_child_ask(Child *child, const Call *call, const char *name, GVariant *value)
{
    (void)child;
    (void)call;
    cr_assert_str_eq(name, ASK_SIGN);
    worker.question = g_variant_ref_sink(value);
    worker.signature = future_new(NULL);
    return future_ref(worker.signature);
}

static void on_imager(ProcessExecutor *executor, ChildEvent event, Process *process, const char *text,
                      void *data)
{
    (void)executor;
    (void)process;
    (void)text;
    (void)data;
    if (event == CHILD_DIED)
        g_free(worker_imager_take_fault(&worker.shop.imager));
}

static void setup(void)
{
    const char *text = "source: {url: 's3://originals/'}\ndestination: {url: 's3://made/'}\n"
                       "outputs: [{name: a, width: 10, height: 10, format: webp}, "
                       "{name: b, width: 20, height: 20, format: webp}]\n";

    worker.context = g_main_context_new();
    worker.folder = g_dir_make_tmp("test-object-work-XXXXXX", NULL);
    worker.config = config_parse(text, strlen(text), "c", NULL);
    cr_assert_not_null(worker.config);
    worker.shop.loop = loop_new(worker.context, NULL);
    worker.shop.source = reference_io_new(worker.context, NULL, &worker.shop.counters, 0);
    worker.shop.destination = reference_io_new(worker.context, NULL, &worker.shop.counters, 0);
    worker.shop.imager.loop = worker.shop.loop;
    worker.imager =
        imager_start(&(ImagerOptions){.task_timeout_ms = 1000, .on_child = on_imager}, worker.context, NULL);
    cr_assert_not_null(worker.imager);
    worker.shop.imager.executor = worker.imager;
    children_ready(worker.imager);
}

static void teardown(void)
{
    g_autofree char *command = g_strconcat("rm -rf ", worker.folder, NULL);

    if (worker.shop.imager.executor != NULL)
        worker_imager_clear(&worker.shop.imager);
    if (worker.shop.loop != NULL)
        (void)loop_close(worker.shop.loop, NULL);
    loop_unref(worker.shop.loop);
    reference_io_free(worker.shop.source);
    reference_io_free(worker.shop.destination);
    config_free(worker.config);
    future_unref(worker.signature);
    g_clear_pointer(&worker.question, g_variant_unref);
    g_main_context_unref(worker.context);
    cr_assert_eq(system(command), 0);
    g_free(worker.folder);
}

TestSuite(object_work, .init = setup, .fini = teardown);

static void settle(void)
{
    while (g_main_context_iteration(worker.context, FALSE))
        ;
}

static char *path_of(const char *name)
{
    return g_build_filename(worker.folder, name, NULL);
}

static char *reference_of(const char *name)
{
    return g_strdup_printf("file://%s/%s", worker.folder, name);
}

static void write_source(const char *text)
{
    g_autofree char *path = path_of("x.jpg");

    cr_assert(g_file_set_contents(path, text, -1, NULL));
}

/* The task of an object with both outputs. */
static ObjectTask *task_new_of(const char *const references[2])
{
    ObjectTask *task = object_task_new();

    task->name = g_strdup("x.jpg");
    task->reference = reference_of("x.jpg");
    task->etag = g_strdup("");
    task->size_bytes = strlen(BYTES);
    task->max_source_bytes = 1000;
    task->limits = config_render_limits(worker.config);
    for (guint i = 0; i < 2; i++) {
        TaskOutput *output;

        object_task_add_recipe(task, i, &config_output(worker.config, i)->recipe);
        output = &g_array_index(task->outputs, TaskOutput, i);
        g_free(output->reference);
        output->reference = g_strdup(references[i]);
    }
    return task;
}

static ObjectTask *usual_task(void)
{
    g_autofree char *a = reference_of("a.webp"), *b = reference_of("b.webp");
    const char *const references[] = {a, b};

    return task_new_of(references);
}

static void on_return(Call *base, GVariant *result, FdList *fds)
{
    Answer *answer = (Answer *)base;

    answer->value = g_variant_ref_sink(result);
    answer->result = object_result_from_variant(result, NULL);
    fd_list_free(fds);
}

static void on_fail(Call *base, GError *error)
{
    ((Answer *)base)->error = error;
}

static const CallOps ops = {.return_result = on_return, .fail = on_fail};

static Answer *answer_new(void)
{
    Answer *answer = g_new0(Answer, 1);

    answer->base.ops = &ops;
    return answer;
}

static void answer_free(Answer *answer)
{
    object_result_free(answer->result);
    if (answer->value != NULL)
        g_variant_unref(answer->value);
    g_clear_error(&answer->error);
    g_free(answer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Answer, answer_free)

/* Begins a task, which is freed. */
static Answer *begin(ObjectTask *task)
{
    g_autoptr(GVariant) args = g_variant_ref_sink(object_task_to_variant(task));
    Answer *answer = answer_new();

    object_task_free(task);
    object_work_start(&worker.shop, &answer->base, args);
    settle();
    return answer;
}

/* The imager's result for both outputs; those that have a class fail. */
static void render(const gint classes[2])
{
    GVariantBuilder list;
    FdList *fds = fd_list_new();

    g_variant_builder_init(&list, G_VARIANT_TYPE("a" RENDERED_TYPE));
    for (guint i = 0; i < 2; i++) {
        Blob *bytes = blob_new("made", 1000, NULL);
        const guint32 side = 10 * (i + 1);

        cr_assert(blob_append(bytes, "made", 4, NULL));
        cr_assert(blob_seal(bytes, NULL));
        if (classes[i] >= 0)
            g_variant_builder_add(&list, "(m(is)m(huuuuuu))", TRUE, classes[i], "no", FALSE, 0, 0, 0, 0, 0, 0,
                                  0);
        else
            g_variant_builder_add(&list, "(m(is)m(huuuuuu))", FALSE, 0, "", TRUE,
                                  fd_list_append(fds, dup(blob_fd(bytes))), side, side, (guint32)FORMAT_WEBP,
                                  1u, 80u, 1u);
        blob_unref(bytes);
    }
    children_return(
        worker.imager, TARGET_RENDER, 0,
        g_variant_new("(ta" RENDERED_TYPE "@as)", (guint64)1000, &list, g_variant_new_strv(NULL, 0)), fds);
    settle();
}

#define MADE ((const gint[]){-1, -1})

static const OutputResult *output(const Answer *answer, guint number)
{
    for (guint i = 0; i < answer->result->outputs->len; i++) {
        const OutputResult *found = &g_array_index(answer->result->outputs, OutputResult, i);

        if (found->number == number)
            return found;
    }
    cr_assert_fail("no output %u", number);
    return NULL;
}

static void assert_file(const char *name, const char *expected)
{
    g_autofree char *path = path_of(name);
    g_autofree char *text = NULL;

    if (expected == NULL) {
        cr_assert_neq(access(path, F_OK), 0, "%s exists", name);
    } else {
        cr_assert(g_file_get_contents(path, &text, NULL, NULL), "%s is missing", name);
        cr_assert_str_eq(text, expected);
    }
}

static void assert_failed(const Answer *answer, ErrorClass class)
{
    cr_assert_not_null(answer->result, "it is not answered");
    cr_assert_not_null(answer->result->error);
    cr_assert_eq(error_class(answer->result->error), class, "%s", answer->result->error->message);
}

/* The way of an object */

Test(object_work, a_source_is_read_rendered_and_its_outputs_are_written)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = begin(usual_task());
    cr_assert_eq(children_open(worker.imager, TARGET_RENDER), 1);
    cr_assert_null(answer->result);
    render(MADE);
    cr_assert_not_null(answer->result);
    cr_assert_null(answer->result->error);
    cr_assert_eq(answer->result->outputs->len, 2);
    cr_assert_null(output(answer, 0)->error);
    cr_assert_eq(output(answer, 1)->size_bytes, 4);
    cr_assert_eq(answer->result->bytes_in, strlen(BYTES));
    cr_assert_eq(answer->result->counters.requests.get, 1);
    cr_assert_eq(answer->result->counters.requests.put, 2);
    cr_assert_eq(answer->result->counters.requests.check, 1);
    assert_file("a.webp", "made");
    assert_file("b.webp", "made");
}

Test(object_work, counters_are_those_since_the_last_answer)
{
    g_autoptr(Answer) first = NULL;
    g_autoptr(Answer) second = NULL;

    write_source(BYTES);
    first = begin(usual_task());
    render(MADE);
    second = begin(usual_task());
    render(MADE);
    cr_assert_eq(second->result->counters.requests.get, 1);
}

Test(object_work, a_source_that_is_gone_is_no_work_for_an_imager)
{
    g_autoptr(Answer) answer = begin(usual_task());

    cr_assert_not_null(answer->result);
    cr_assert_not_null(answer->result->error);
    cr_assert_eq(children_open(worker.imager, TARGET_RENDER), 0);
}

Test(object_work, a_source_of_another_size_has_changed_since_it_was_listed)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES BYTES);
    answer = begin(usual_task());
    assert_failed(answer, ERROR_TRANSIENT);
}

Test(object_work, a_source_that_is_too_large_is_not_read)
{
    g_autoptr(Answer) answer = NULL;
    ObjectTask *task = usual_task();

    write_source(BYTES);
    task->max_source_bytes = 3;
    task->size_bytes = SIZE_UNKNOWN;
    answer = begin(task);
    assert_failed(answer, ERROR_LIMIT);
}

Test(object_work, an_output_that_cannot_be_made_leaves_the_others)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = begin(usual_task());
    render((const gint[]){ERROR_LIMIT, -1});
    cr_assert_null(answer->result->error);
    cr_assert_eq(error_class(output(answer, 0)->error), ERROR_LIMIT);
    cr_assert_eq(output(answer, 0)->size_bytes, 0);
    cr_assert_null(output(answer, 1)->error);
    assert_file("a.webp", NULL);
    assert_file("b.webp", "made");
}

Test(object_work, an_output_that_cannot_be_written_leaves_the_others)
{
    g_autoptr(Answer) answer = NULL;
    g_autofree char *a = reference_of("x.jpg/a.webp"), *b = reference_of("b.webp");
    const char *const references[] = {a, b};

    write_source(BYTES);
    answer = begin(task_new_of(references));
    render(MADE);
    cr_assert_not_null(output(answer, 0)->error);
    cr_assert_eq(output(answer, 0)->size_bytes, 4, "it was made");
    cr_assert_null(output(answer, 1)->error);
}

Test(object_work, a_source_that_needs_more_memory_is_answered_with_that)
{
    g_autoptr(Answer) answer = NULL;
    ObjectTask *task = usual_task();

    write_source(BYTES);
    task->limits.max_memory_bytes = 1000;
    answer = begin(task);
    children_return(worker.imager, TARGET_RENDER, 0,
                    g_variant_new_parsed("(uint64 5000, @a" RENDERED_TYPE " [], @as [])"), NULL);
    settle();
    cr_assert_eq(answer->result->memory_bytes, 5000);
    cr_assert_eq(answer->result->outputs->len, 0);
}

Test(object_work, outputs_of_a_source_that_was_replaced_meanwhile_count_as_not_made)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = begin(usual_task());
    write_source("another one");
    render(MADE);
    cr_assert_eq(error_class(output(answer, 0)->error), ERROR_TRANSIENT);
    cr_assert(output(answer, 0)->existed, "what is there is to be replaced");
    cr_assert(output(answer, 1)->existed);
}

Test(object_work, warnings_of_the_imager_are_passed_on)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = begin(usual_task());
    children_return(worker.imager, TARGET_RENDER, 0,
                    g_variant_new_parsed("(uint64 1, [(just (5, 'no'), @m(huuuuuu) nothing), "
                                         "(just (5, 'no'), nothing)], ['no end marker'])"),
                    NULL);
    settle();
    cr_assert_not_null(answer->result);
    cr_assert_str_eq(answer->result->warnings[0], "no end marker");
    cr_assert_eq(answer->result->outputs->len, 2);
}

Test(object_work, a_task_that_no_supervisor_sends_is_answered)
{
    ObjectTask *task = usual_task();
    g_autoptr(GVariant) args = NULL;
    g_autoptr(Answer) answer = answer_new();
    g_autoptr(Answer) explained = answer_new();

    g_array_index(task->outputs, TaskOutput, 0).recipe.format = (ImageFormat)77;
    args = g_variant_ref_sink(object_task_to_variant(task));
    object_task_free(task);
    object_work_start(&worker.shop, &answer->base, args);
    assert_failed(answer, ERROR_INTERNAL);
    object_work_explain(&worker.shop, &explained->base, args);
    cr_assert_eq(error_class(explained->error), ERROR_INTERNAL);
}

/* Imagers that fail */

Test(object_work, an_object_that_an_imager_died_of_gets_a_fresh_one)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = begin(usual_task());
    children_die(worker.imager, "imager was killed by SIGSEGV");
    settle();
    cr_assert_null(answer->result);
    cr_assert_eq(children_open(worker.imager, TARGET_RENDER), 1);
    render(MADE);
    cr_assert_null(answer->result->error);
    cr_assert_eq(children_recycled(worker.imager), 1, "which renders nothing else");
    assert_file("a.webp", "made");
}

Test(object_work, an_object_that_two_imagers_died_of_fails)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = begin(usual_task());
    for (guint i = 0; i < 2; i++) {
        children_die(worker.imager, "imager was killed by SIGSEGV");
        settle();
    }
    assert_failed(answer, ERROR_CRASH);
    cr_assert(g_str_has_prefix(answer->result->error->message, "twice while rendering this object, "));
    assert_file("a.webp", NULL);
}

Test(object_work, a_bad_source_is_rendered_once)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = begin(usual_task());
    children_fail(worker.imager, TARGET_RENDER, 0, ERROR_INPUT, "it is corrupt");
    settle();
    assert_failed(answer, ERROR_INPUT);
    cr_assert_eq(answer->result->bytes_in, strlen(BYTES), "it was read");
}

Test(object_work, a_limit_that_the_imager_reports_is_no_death)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = begin(usual_task());
    children_fail(worker.imager, TARGET_RENDER, 0, ERROR_LIMIT, "too many pixels");
    settle();
    assert_failed(answer, ERROR_LIMIT);
}

static void assert_is_breach(GVariant *result)
{
    g_autoptr(Answer) answer = NULL;
    g_autoptr(GVariant) owned = g_variant_ref_sink(result);

    write_source(BYTES);
    answer = begin(usual_task());
    children_return(worker.imager, TARGET_RENDER, 0, owned, NULL);
    settle();
    cr_assert_eq(children_killed(worker.imager), 1, "it is replaced");
    cr_assert_null(answer->result, "and the object tried once more");
    children_return(worker.imager, TARGET_RENDER, 0, owned, NULL);
    settle();
    assert_failed(answer, ERROR_INTERNAL);
}

Test(object_work, an_imager_that_answers_with_another_type_is_replaced)
{
    assert_is_breach(g_variant_new("(s)", "lies"));
}

Test(object_work, an_imager_that_makes_too_few_outputs_is_replaced)
{
    assert_is_breach(g_variant_new_parsed("(uint64 1, [(just (5, 'no'), @m(huuuuuu) nothing)], @as [])"));
}

Test(object_work, an_imager_that_both_makes_and_fails_an_output_is_replaced)
{
    assert_is_breach(
        g_variant_new_parsed("(uint64 1, [(@m(is) nothing, @m(huuuuuu) nothing), (nothing, nothing)], "
                             "@as [])"));
}

Test(object_work, an_imager_that_gives_a_failure_the_class_of_another_process_is_replaced)
{
    assert_is_breach(
        g_variant_new_parsed("(uint64 1, [(just (0, 'no'), @m(huuuuuu) nothing), (just (0, 'no'), nothing)], "
                             "@as [])"));
}

Test(object_work, an_imager_that_sends_no_bytes_is_replaced)
{
    assert_is_breach(
        g_variant_new_parsed("(uint64 1, [(@m(is) nothing, just (handle 0, uint32 10, uint32 10, uint32 1, "
                             "uint32 1, uint32 1, uint32 1)), (nothing, nothing)], @as [])"));
}

Test(object_work, objects_are_rendered_one_after_the_other)
{
    g_autoptr(Answer) first = NULL;
    g_autoptr(Answer) second = NULL;

    write_source(BYTES);
    first = begin(usual_task());
    second = begin(usual_task());
    cr_assert_eq(children_open(worker.imager, TARGET_RENDER), 1);
    render(MADE);
    cr_assert_not_null(first->result);
    cr_assert_eq(children_open(worker.imager, TARGET_RENDER), 1);
    render(MADE);
    cr_assert_not_null(second->result);
}

Test(object_work, objects_end_with_the_loop)
{
    g_autoptr(Answer) first = NULL;
    g_autoptr(Answer) second = NULL;

    write_source(BYTES);
    first = begin(usual_task());
    second = begin(usual_task());
    cr_assert(loop_close(worker.shop.loop, NULL));
    assert_failed(first, ERROR_CANCELLED);
    assert_failed(second, ERROR_CANCELLED);
}

/* Uploads that are signed after rendering */

static Answer *begin_unsigned(void)
{
    const char *const references[] = {"", ""};
    Answer *answer;

    write_source(BYTES);
    worker.shop.digests = (SignDigests){.checksum = CHECKSUM_CRC32C, .sign_payload = TRUE};
    answer = begin(task_new_of(references));
    render(MADE);
    return answer;
}

Test(object_work, uploads_without_a_reference_are_signed_first)
{
    g_autoptr(Answer) answer = begin_unsigned();
    g_autofree char *a = reference_of("a.webp"), *b = reference_of("b.webp");
    guint32 number, format;
    const char *sha256, *checksum;

    cr_assert_not_null(worker.question);
    cr_assert_eq(g_variant_n_children(worker.question), 2);
    g_variant_get_child(worker.question, 1, "(uu&s&s)", &number, &format, &sha256, &checksum);
    cr_assert_eq(number, 1);
    cr_assert_eq(format, FORMAT_WEBP);
    cr_assert_eq(strlen(sha256), 64);
    cr_assert_gt(strlen(checksum), 0);
    cr_assert_null(answer->result);
    cr_assert(future_begin(worker.signature));
    future_set_result(worker.signature, g_variant_new_parsed("[(%s, @as []), (%s, [])]", a, b), NULL);
    settle();
    cr_assert_null(answer->result->error);
    assert_file("a.webp", "made");
}

Test(object_work, an_object_whose_signatures_are_refused_fails)
{
    g_autoptr(Answer) answer = begin_unsigned();

    cr_assert(future_begin(worker.signature));
    future_set_exception(worker.signature,
                         g_error_new_literal(error_quark(), ERROR_UNAVAILABLE, "no credentials"));
    settle();
    assert_failed(answer, ERROR_UNAVAILABLE);
    assert_file("a.webp", NULL);
}

Test(object_work, signatures_for_something_else_are_refused)
{
    g_autoptr(Answer) answer = begin_unsigned();

    cr_assert(future_begin(worker.signature));
    future_set_result(worker.signature, g_variant_new_parsed("[('file:///x', @as [])]"), NULL);
    settle();
    assert_failed(answer, ERROR_INTERNAL);
}

/* Explanations */

/* start: object_work_explain or object_work_decode. */
static Answer *ask(void (*start)(Workshop *shop, Call *call, GVariant *args))
{
    g_autoptr(ObjectTask) task = usual_task();
    g_autoptr(GVariant) args = NULL;
    Answer *answer = answer_new();

    task->limits.max_memory_bytes = 1000;
    args = g_variant_ref_sink(object_task_to_variant(task));
    start(&worker.shop, &answer->base, args);
    settle();
    return answer;
}

Test(object_work, an_explanation_is_passed_on_unread)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = ask(object_work_explain);
    children_return(worker.imager, TARGET_EXPLAIN, 0, g_variant_new("(v)", g_variant_new_string("a tree")),
                    NULL);
    settle();
    cr_assert_not_null(answer->value);
    assert_file("a.webp", NULL);
}

Test(object_work, an_explanation_of_another_type_costs_the_imager)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = ask(object_work_explain);
    children_return(worker.imager, TARGET_EXPLAIN, 0, g_variant_new("(s)", "lies"), NULL);
    settle();
    cr_assert_eq(error_class(answer->error), ERROR_INTERNAL);
    cr_assert_eq(children_killed(worker.imager), 1);
}

Test(object_work, an_object_that_is_gone_cannot_be_explained)
{
    g_autoptr(Answer) answer = ask(object_work_explain);

    cr_assert_not_null(answer->error);
}

static void explain_stored(void)
{
    children_return(worker.imager, TARGET_EXPLAIN, 0, g_variant_new("(v)", g_variant_new_string("a tree")),
                    NULL);
    settle();
}

Test(object_work, a_stored_output_is_decoded_before_it_is_explained)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = ask(object_work_decode);
    cr_assert_eq(children_open(worker.imager, TARGET_EXPLAIN), 0);
    render(MADE);
    explain_stored();
    cr_assert_not_null(answer->value);
    assert_file("a.webp", NULL);
}

Test(object_work, a_stored_output_that_cannot_be_decoded_fails)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = ask(object_work_decode);
    render((const gint[]){ERROR_INPUT, -1});
    cr_assert_eq(error_class(answer->error), ERROR_INPUT);
    cr_assert_eq(children_open(worker.imager, TARGET_EXPLAIN), 0);
}

Test(object_work, a_stored_output_that_needs_more_memory_is_not_decoded)
{
    g_autoptr(Answer) answer = NULL;

    write_source(BYTES);
    answer = ask(object_work_decode);
    children_return(worker.imager, TARGET_RENDER, 0,
                    g_variant_new_parsed("(uint64 5000, @a" RENDERED_TYPE " [], @as [])"), NULL);
    settle();
    cr_assert_not_null(answer->error);
    cr_assert_eq(error_class(answer->error), ERROR_LIMIT);
}
