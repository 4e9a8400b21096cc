#include "config/key_template.h"

#include <string.h>

#include "base/error.h"
#include "config/key_form.h"
#include "recipe/format.h"

typedef enum {
    PIECE_LITERAL,
    PIECE_OUTPUT,
    PIECE_DIR,
    PIECE_NAME,
    PIECE_STEM,
    PIECE_EXT,
    PIECE_WIDTH,
    PIECE_HEIGHT,
    PIECE_RECIPE,
} PieceKind;

/* In the order of PieceKind. */
static const char *const placeholder_names[] = {
    "", "output", "dir", "name", "stem", "ext", "width", "height", "recipe",
};

typedef struct {
    PieceKind kind;
    char *literal;
} Piece;

struct KeyTemplate {
    char *text;
    GArray *pieces;
};

static void piece_clear(void *data)
{
    g_free(((Piece *)data)->literal);
}

static const Piece *piece_at(const KeyTemplate *key_template, guint i)
{
    return &g_array_index(key_template->pieces, Piece, i);
}

static gboolean piece_depends_on_key(const Piece *piece, const KeyTemplateValues *values)
{
    return piece->kind == PIECE_DIR || piece->kind == PIECE_NAME || piece->kind == PIECE_STEM ||
           (piece->kind == PIECE_EXT && values->extension == NULL);
}

static void append_piece(KeyTemplate *key_template, PieceKind kind, const char *literal)
{
    Piece piece = {kind, g_strdup(literal)};

    g_array_append_val(key_template->pieces, piece);
}

static void append_literal(KeyTemplate *key_template, GString *literal)
{
    if (literal->len > 0)
        append_piece(key_template, PIECE_LITERAL, literal->str);
    g_string_truncate(literal, 0);
}

/* Parses a placeholder from after its '{'. Returns the position after its '}'. */
static const char *parse_placeholder(KeyTemplate *key_template, const char *p, GError **error)
{
    gsize length = strcspn(p, "{}");

    if (p[length] != '}') {
        error_set(error, ERROR_CONFIG, "a '{' without its '}' (write '{{' for a brace)");
        return NULL;
    }
    for (guint i = PIECE_OUTPUT; i < G_N_ELEMENTS(placeholder_names); i++) {
        if (strlen(placeholder_names[i]) == length && strncmp(placeholder_names[i], p, length) == 0) {
            append_piece(key_template, (PieceKind)i, NULL);
            return p + length + 1;
        }
    }
    error_set(
        error, ERROR_CONFIG,
        "unknown placeholder {%.*s} (known: {output} {dir} {stem} {name} {ext} {width} {height} {recipe})",
        (int)MIN(length, 32), p);
    return NULL;
}

static gboolean parse_pieces(KeyTemplate *key_template, const char *text, GError **error)
{
    g_autoptr(GString) literal = g_string_new(NULL);
    const char *p = text;

    while (*p != '\0') {
        if ((*p == '{' || *p == '}') && p[1] == p[0]) {
            g_string_append_c(literal, *p);
            p += 2;
        } else if (*p == '{') {
            append_literal(key_template, literal);
            p = parse_placeholder(key_template, p + 1, error);
            if (p == NULL)
                return FALSE;
        } else if (*p == '}') {
            error_set(error, ERROR_CONFIG, "a '}' without its '{' (write '}}' for a brace)");
            return FALSE;
        } else {
            g_string_append_c(literal, *p++);
        }
    }
    append_literal(key_template, literal);
    return TRUE;
}

static gboolean check_text(const char *text, GError **error)
{
    if (*text == '\0' || strlen(text) > KEY_TEMPLATE_MAX_BYTES) {
        error_set(error, ERROR_CONFIG, "a key template has 1 to %u bytes", KEY_TEMPLATE_MAX_BYTES);
        return FALSE;
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (g_ascii_iscntrl(*p)) {
            error_set(error, ERROR_CONFIG, "a key template must not contain control characters");
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean is_legal_path(const char *key)
{
    g_auto(GStrv) components = g_strsplit(key, "/", -1);

    for (guint i = 0; components[i] != NULL; i++) {
        if (strcmp(components[i], "") == 0 || strcmp(components[i], ".") == 0 ||
            strcmp(components[i], "..") == 0)
            return FALSE;
    }
    return TRUE;
}

/* Refuses templates that make keys which a directory cannot hold. Only odd source keys may do that, never the
 * template by itself. */
static gboolean check_expansions(const KeyTemplate *key_template, GError **error)
{
    static const KeyTemplateValues values = {"output", "jpg", 1, 1, "00000000"};
    static const char *const samples[] = {"stem.ext", "dir/stem.ext"};

    for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autofree char *key = key_template_expand(key_template, &values, samples[i]);

        if (!is_legal_path(key)) {
            error_set(error, ERROR_CONFIG,
                      "turns '%s' into '%s', which starts or ends with '/' or contains '//', '.' or '..'",
                      samples[i], key);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean check_distinguishes(const KeyTemplate *key_template, GError **error)
{
    for (guint i = 0; i < key_template->pieces->len; i++) {
        PieceKind kind = piece_at(key_template, i)->kind;

        if (kind == PIECE_STEM || kind == PIECE_NAME)
            return TRUE;
    }
    error_set(error, ERROR_CONFIG, "needs {stem} or {name}; otherwise all objects would share one key");
    return FALSE;
}

KeyTemplate *key_template_parse(const char *text, GError **error)
{
    g_autoptr(KeyTemplate) key_template = NULL;

    if (!check_text(text, error))
        return NULL;
    key_template = g_new0(KeyTemplate, 1);
    key_template->text = g_strdup(text);
    key_template->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    g_array_set_clear_func(key_template->pieces, piece_clear);
    if (!parse_pieces(key_template, text, error) || !check_distinguishes(key_template, error) ||
        !check_expansions(key_template, error))
        return NULL;
    return g_steal_pointer(&key_template);
}

const char *key_template_text(const KeyTemplate *key_template)
{
    return key_template->text;
}

static void append_stem(GString *out, const char *name)
{
    const char *dot = strrchr(name, '.');

    if (dot == NULL || dot == name)
        g_string_append(out, name);
    else
        g_string_append_len(out, name, dot - name);
}

/* The extension is chosen before the format of the bytes is known. Formats that cannot be encoded, such as
 * HEIC, become JPEG, and so do keys without a known extension. */
static void append_source_extension(GString *out, const char *name)
{
    const char *dot = strrchr(name, '.');
    ImageFormat format;

    if (dot != NULL && dot != name && format_from_extension(dot + 1, &format) &&
        format_info(format)->can_encode) {
        g_autofree char *lower = g_ascii_strdown(dot + 1, -1);

        g_string_append(out, lower);
    } else {
        g_string_append(out, format_info(FORMAT_JPEG)->extension);
    }
}

static void append_side(GString *out, guint32 side)
{
    if (side != 0)
        g_string_append_printf(out, "%u", side);
    else
        g_string_append(out, "auto");
}

static void append_expansion(GString *out, const Piece *piece, const KeyTemplateValues *values,
                             const char *key)
{
    const char *slash = strrchr(key, '/');
    const char *name = slash != NULL ? slash + 1 : key;

    switch (piece->kind) {
    case PIECE_LITERAL: g_string_append(out, piece->literal); break;
    case PIECE_OUTPUT: g_string_append(out, values->output); break;
    case PIECE_DIR: g_string_append_len(out, key, name - key); break;
    case PIECE_NAME: g_string_append(out, name); break;
    case PIECE_STEM: append_stem(out, name); break;
    case PIECE_EXT:
        if (values->extension != NULL)
            g_string_append(out, values->extension);
        else
            append_source_extension(out, name);
        break;
    case PIECE_WIDTH: append_side(out, values->width); break;
    case PIECE_HEIGHT: append_side(out, values->height); break;
    case PIECE_RECIPE: g_string_append(out, values->recipe); break;
    }
}

gboolean key_template_has_recipe(const KeyTemplate *key_template)
{
    for (guint i = 0; i < key_template->pieces->len; i++) {
        if (piece_at(key_template, i)->kind == PIECE_RECIPE)
            return TRUE;
    }
    return FALSE;
}

char *key_template_expand(const KeyTemplate *key_template, const KeyTemplateValues *values, const char *key)
{
    GString *out = g_string_sized_new(strlen(key) + strlen(key_template->text) + 16);

    for (guint i = 0; i < key_template->pieces->len; i++)
        append_expansion(out, piece_at(key_template, i), values, key);
    return g_string_free(out, FALSE);
}

char *key_template_prefix(const KeyTemplate *key_template, const KeyTemplateValues *values)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < key_template->pieces->len; i++) {
        if (piece_depends_on_key(piece_at(key_template, i), values))
            break;
        append_expansion(out, piece_at(key_template, i), values, "");
    }
    return g_string_free(out, FALSE);
}

char *key_template_form(const KeyTemplate *key_template, const KeyTemplateValues *values)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < key_template->pieces->len; i++) {
        if (!piece_depends_on_key(piece_at(key_template, i), values))
            append_expansion(out, piece_at(key_template, i), values, "");
        else if (out->len == 0 || out->str[out->len - 1] != KEY_FORM_GAP)
            g_string_append_c(out, KEY_FORM_GAP);
    }
    return g_string_free(out, FALSE);
}

/* The number of pieces at the start (or at the end, if is_end) that do not depend on the key. */
static guint count_constant(const KeyTemplate *key_template, const KeyTemplateValues *values, gboolean is_end)
{
    const guint len = key_template->pieces->len;
    guint n = 0;

    while (n < len && !piece_depends_on_key(piece_at(key_template, is_end ? len - 1 - n : n), values))
        n++;
    return n;
}

static gboolean has_piece_after(const KeyTemplate *key_template, guint i, PieceKind kind)
{
    while (++i < key_template->pieces->len) {
        if (piece_at(key_template, i)->kind == kind)
            return TRUE;
    }
    return FALSE;
}

static char *expand_end(const KeyTemplate *key_template, const KeyTemplateValues *values)
{
    GString *out = g_string_new(NULL);
    const guint len = key_template->pieces->len;

    for (guint i = len - count_constant(key_template, values, TRUE); i < len; i++)
        append_expansion(out, piece_at(key_template, i), values, "");
    return g_string_free(out, FALSE);
}

gboolean key_template_shape(const KeyTemplate *key_template, const KeyTemplateValues *values,
                            KeyTemplateShape *ret_shape)
{
    const guint dir = count_constant(key_template, values, FALSE);
    PieceKind base;

    if (dir + 1 >= key_template->pieces->len || piece_at(key_template, dir)->kind != PIECE_DIR)
        return FALSE;
    base = piece_at(key_template, dir + 1)->kind;
    if (base != PIECE_NAME && (base != PIECE_STEM || has_piece_after(key_template, dir + 1, PIECE_NAME)))
        return FALSE;
    *ret_shape = (KeyTemplateShape){.prefix = key_template_prefix(key_template, values),
                                    .end = expand_end(key_template, values),
                                    .by_name = base == PIECE_NAME};
    return TRUE;
}

void key_template_shape_clear(KeyTemplateShape *shape)
{
    g_clear_pointer(&shape->prefix, g_free);
    g_clear_pointer(&shape->end, g_free);
}

/* A part of an output key that a piece may stand for; text is NULL as long as it is unknown. */
typedef struct {
    const char *text;
    gsize bytes;
} Part;

typedef struct {
    Part dir, name, stem, ext;
} Parts;

static Part *part_of(Parts *parts, PieceKind kind)
{
    switch (kind) {
    case PIECE_DIR: return &parts->dir;
    case PIECE_NAME: return &parts->name;
    case PIECE_STEM: return &parts->stem;
    default: return &parts->ext;
    }
}

static gboolean is_source_extension(const char *text, gsize bytes)
{
    g_autofree char *extension = g_strndup(text, bytes);
    g_autofree char *lower = g_ascii_strdown(extension, -1);
    ImageFormat format;

    return strcmp(extension, lower) == 0 && format_from_extension(extension, &format) &&
           format_info(format)->can_encode;
}

/* Whether the first bytes of text can be what a piece of this kind expands to. */
static gboolean is_possible(PieceKind kind, const char *text, gsize bytes)
{
    switch (kind) {
    case PIECE_DIR: return bytes == 0 || text[bytes - 1] == '/';
    case PIECE_EXT: return is_source_extension(text, bytes);
    default: return memchr(text, '/', bytes) == NULL;
    }
}

/* Whether one name has this stem and this extension, as far as they are known. */
static gboolean is_consistent(const Parts *parts)
{
    g_autofree char *name = g_strndup(parts->name.text, parts->name.bytes);
    g_autoptr(GString) stem = g_string_new(NULL), extension = g_string_new(NULL);

    if (name == NULL)
        return TRUE;
    append_stem(stem, name);
    append_source_extension(extension, name);
    return (parts->stem.text == NULL ||
            (stem->len == parts->stem.bytes && memcmp(stem->str, parts->stem.text, stem->len) == 0)) &&
           (parts->ext.text == NULL || (extension->len == parts->ext.bytes &&
                                        memcmp(extension->str, parts->ext.text, extension->len) == 0));
}

/* The length of a {recipe} at the beginning of text, or 0. */
static gsize recipe_at(const char *text)
{
    return strspn(text, "0123456789abcdef") >= KEY_TEMPLATE_RECIPE_DIGITS ? KEY_TEMPLATE_RECIPE_DIGITS : 0;
}

/* Whether the pieces from number i on can expand to `rest`, given what the pieces before them stand for. */
static gboolean fits_from(const KeyTemplate *key_template, const KeyTemplateValues *values, guint i,
                          const char *rest, Parts *parts)
{
    const Piece *piece = i < key_template->pieces->len ? piece_at(key_template, i) : NULL;
    Part *part;

    if (piece == NULL)
        return *rest == '\0' && is_consistent(parts);
    if (piece->kind == PIECE_RECIPE)
        return recipe_at(rest) > 0 && fits_from(key_template, values, i + 1, rest + recipe_at(rest), parts);
    if (!piece_depends_on_key(piece, values)) {
        g_autoptr(GString) fixed = g_string_new(NULL);

        append_expansion(fixed, piece, values, "");
        return g_str_has_prefix(rest, fixed->str) &&
               fits_from(key_template, values, i + 1, rest + fixed->len, parts);
    }
    part = part_of(parts, piece->kind);
    if (part->text != NULL)
        return strncmp(rest, part->text, part->bytes) == 0 &&
               fits_from(key_template, values, i + 1, rest + part->bytes, parts);
    for (gsize bytes = 0; bytes <= strlen(rest); bytes++) {
        *part = (Part){rest, bytes};
        if (is_possible(piece->kind, rest, bytes) &&
            fits_from(key_template, values, i + 1, rest + bytes, parts))
            return TRUE;
    }
    *part = (Part){NULL, 0};
    return FALSE;
}

gboolean key_template_fits(const KeyTemplate *key_template, const KeyTemplateValues *values, const char *key,
                           char **ret_start)
{
    Parts parts = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    const Part *base = &parts.name;

    if (!fits_from(key_template, values, 0, key, &parts))
        return FALSE;
    if (base->text == NULL)
        base = &parts.stem;
    if (ret_start != NULL)
        *ret_start =
            g_strdup_printf("%.*s%.*s", (int)parts.dir.bytes, parts.dir.text != NULL ? parts.dir.text : "",
                            (int)base->bytes, base->text);
    return TRUE;
}

void key_template_free(KeyTemplate *key_template)
{
    if (key_template == NULL)
        return;
    g_array_unref(key_template->pieces);
    g_free(key_template->text);
    g_free(key_template);
}
