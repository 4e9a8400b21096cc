#include "s3/aws/profile_file.h"

#include <errno.h>
#include <string.h>

#include "base/error.h"
#include "base/secret.h"
#include "s3/aws/secret_file.h"

#define DEFAULT_NAME "default"

typedef struct {
    ProfileSection kind;
    const char *name;
    gboolean has_word; /* "profile" precedes the name */
} Section;

typedef struct {
    guint section; /* index in sections */
    const char *key;
    const char *nested; /* or NULL for the key's own value */
    char *value;
} Property;

/* Names and values are cut out of the text in place, so that each secret exists only once. The NUL that ends
 * them needs no extra space: each is followed by at least a bracket, an equals sign or the end of its
 * line. */
struct ProfileFile {
    char *text;
    gsize capacity_bytes;
    GArray *sections;
    GArray *properties;
    gboolean hides_bare_default; /* there is a [profile default] */
};

typedef struct {
    ProfileFile *file;
    ProfileFileKind kind;
    const char *path;
    guint line;
    gboolean saw_section;
    gboolean is_skipping;  /* in a section that is skipped */
    gboolean has_property; /* this section has a property above the current line */
    gsize indent;          /* of the latest property */
    char *key;             /* of the latest property */
    char *value;           /* of the latest property; NULL if it is skipped */
} Parser;

static const struct {
    const char *word;
    ProfileSection kind;
} section_words[] = {{"profile", PROFILE_SECTION_PROFILE},
                     {"services", PROFILE_SECTION_SERVICES},
                     {"sso-session", PROFILE_SECTION_SSO_SESSION}};

static gboolean refuse(const Parser *parser, const char *what, GError **error)
{
    error_set(error, ERROR_PERMANENT, "%s:%u: %s", parser->path, parser->line, what);
    return FALSE;
}

/* Removes one pair of quotes, in which AWS's command line writes names with spaces. */
static char *unquote(char *name)
{
    gsize length = strlen(name);

    if (length < 2 || (name[0] != '"' && name[0] != '\'') || name[length - 1] != name[0])
        return name;
    name[length - 1] = '\0';
    return name + 1;
}

/* Splits "word name". FALSE if the word does not name a kind of section. */
static gboolean split_word(char *title, ProfileSection *ret_kind, char **ret_name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(section_words); i++) {
        gsize length = strlen(section_words[i].word);

        if (strncmp(title, section_words[i].word, length) == 0 && g_ascii_isspace(title[length])) {
            *ret_kind = section_words[i].kind;
            *ret_name = unquote(g_strchug(title + length));
            return TRUE;
        }
    }
    return FALSE;
}

/* Parses a section line, which begins with a bracket. */
static gboolean parse_section(Parser *parser, char *line, GError **error)
{
    ProfileFile *file = parser->file;
    char *end = strchr(line, ']');
    Section section = {.kind = PROFILE_SECTION_PROFILE};
    char *name;

    if (end == NULL)
        return refuse(parser, "a section without its closing bracket", error);
    *end = '\0';
    name = g_strstrip(line + 1);
    section.has_word = split_word(name, &section.kind, &name);
    section.name = name;
    parser->saw_section = TRUE;
    parser->has_property = FALSE;
    if (parser->kind == PROFILE_FILE_CREDENTIALS)
        parser->is_skipping = section.has_word || *name == '\0';
    else
        parser->is_skipping = *name == '\0' || (!section.has_word && strcmp(name, DEFAULT_NAME) != 0);
    if (parser->is_skipping)
        return TRUE;
    if (section.has_word && section.kind == PROFILE_SECTION_PROFILE && strcmp(name, DEFAULT_NAME) == 0)
        file->hides_bare_default = TRUE;
    g_array_append_val(file->sections, section);
    return TRUE;
}

/* Ends a value before a # or ; that follows white space. */
static void cut_comment(char *value)
{
    for (char *at = value; *at != '\0'; at++) {
        if ((*at == '#' || *at == ';') && (at == value || g_ascii_isspace(at[-1]))) {
            *at = '\0';
            return;
        }
    }
}

static void add_property(Parser *parser, const char *key, const char *nested, char *value)
{
    Property property = {parser->file->sections->len - 1, key, nested, value};

    g_array_append_val(parser->file->properties, property);
}

/* Splits "name = value" into two stripped strings. */
static gboolean split_assignment(Parser *parser, char *line, char **ret_name, char **ret_value,
                                 GError **error)
{
    char *equals = strchr(line, '=');

    if (equals == NULL || equals == line)
        return refuse(parser, "neither a section, a comment nor 'name = value'", error);
    *equals = '\0';
    *ret_name = g_strchomp(line);
    *ret_value = g_strstrip(equals + 1);
    return TRUE;
}

static gboolean parse_property(Parser *parser, char *line, gsize indent, GError **error)
{
    char *value;

    if (!parser->saw_section)
        return refuse(parser, "a setting before the first [section]", error);
    if (!split_assignment(parser, line, &parser->key, &value, error))
        return FALSE;
    cut_comment(value);
    g_strchomp(value);
    parser->has_property = TRUE;
    parser->indent = indent;
    parser->value = parser->is_skipping ? NULL : value;
    if (!parser->is_skipping)
        add_property(parser, parser->key, NULL, value);
    return TRUE;
}

/* Parses a line that belongs to the property above it. */
static gboolean parse_continuation(Parser *parser, char *line, GError **error)
{
    char *nested, *value;
    gsize length;

    if (parser->value == NULL)
        return TRUE;
    if (*parser->value == '\0') {
        if (!split_assignment(parser, line, &nested, &value, error))
            return FALSE;
        add_property(parser, parser->key, nested, value);
        return TRUE;
    }
    /* Moved up to the end of the value; there is space, as at least a line break separated the two. */
    length = strlen(parser->value);
    g_strchomp(line);
    parser->value[length] = '\n';
    memmove(parser->value + length + 1, line, strlen(line) + 1);
    return TRUE;
}

/* Parses a line, which has no newline. */
static gboolean parse_line(Parser *parser, char *line, GError **error)
{
    gsize indent = 0;

    while (g_ascii_isspace(line[indent]))
        indent++;
    line += indent;
    if (*line == '\0' || *line == '#' || *line == ';')
        return TRUE;
    if (parser->has_property && indent > parser->indent)
        return parse_continuation(parser, line, error);
    if (*line == '[')
        return parse_section(parser, line, error);
    return parse_property(parser, line, indent, error);
}

/* Parses file's text, which has size_bytes bytes and a NUL. */
static gboolean parse_text(Parser *parser, gsize size_bytes, GError **error)
{
    char *line = parser->file->text;
    gboolean more = TRUE;

    if (size_bytes > PROFILE_FILE_MAX_BYTES) {
        error_set(error, ERROR_PERMANENT, "%s: larger than %u bytes", parser->path, PROFILE_FILE_MAX_BYTES);
        return FALSE;
    }
    if (strlen(line) != size_bytes) {
        error_set(error, ERROR_PERMANENT, "%s: contains a NUL byte", parser->path);
        return FALSE;
    }
    if (g_str_has_prefix(line, "\xef\xbb\xbf"))
        line += 3;
    while (more) {
        char *newline = strchrnul(line, '\n');

        more = *newline != '\0';
        *newline = '\0';
        parser->line++;
        if (!parse_line(parser, line, error))
            return FALSE;
        line = newline + 1;
    }
    return TRUE;
}

/* Allocates a text of size_bytes at most, one byte more than allowed (to detect larger files), and a NUL. */
static ProfileFile *file_new(gsize size_bytes)
{
    ProfileFile *file = g_new0(ProfileFile, 1);

    file->capacity_bytes = MIN(size_bytes, PROFILE_FILE_MAX_BYTES) + 2;
    file->text = g_malloc0(file->capacity_bytes);
    file->sections = g_array_new(FALSE, FALSE, sizeof(Section));
    file->properties = g_array_new(FALSE, FALSE, sizeof(Property));
    return file;
}

void profile_file_free(ProfileFile *file)
{
    if (file == NULL)
        return;
    secret_wipe(file->text, file->capacity_bytes);
    g_free(file->text);
    g_array_unref(file->sections);
    g_array_unref(file->properties);
    g_free(file);
}

ProfileFile *profile_file_parse(ProfileFileKind kind, const char *path, const void *data, gsize size_bytes,
                                GError **error)
{
    g_autoptr(ProfileFile) file = file_new(size_bytes);
    Parser parser = {.file = file, .kind = kind, .path = path};

    if (size_bytes > 0)
        memcpy(file->text, data, MIN(size_bytes, file->capacity_bytes - 1));
    return parse_text(&parser, size_bytes, error) ? g_steal_pointer(&file) : NULL;
}

ProfileFile *profile_file_load(ProfileFileKind kind, const char *path, GError **error)
{
    g_autoptr(ProfileFile) file = file_new(PROFILE_FILE_MAX_BYTES);
    Parser parser = {.file = file, .kind = kind, .path = path};
    gssize size = secret_file_read(path, file->text, file->capacity_bytes - 1);

    if (size < 0 && (errno == ENOENT || errno == ENOTDIR))
        size = 0;
    if (size < 0) {
        error_set_errno(error, ERROR_PERMANENT, errno, "%s", path);
        return NULL;
    }
    return parse_text(&parser, (gsize)size, error) ? g_steal_pointer(&file) : NULL;
}

static gboolean section_is(const ProfileFile *file, const Section *section, ProfileSection kind,
                           const char *name)
{
    if (section->kind != kind || strcmp(section->name, name) != 0)
        return FALSE;
    return kind != PROFILE_SECTION_PROFILE || section->has_word || !file->hides_bare_default ||
           strcmp(name, DEFAULT_NAME) != 0;
}

gboolean profile_file_has(const ProfileFile *file, ProfileSection section, const char *name)
{
    for (guint i = 0; i < file->sections->len; i++)
        if (section_is(file, &g_array_index(file->sections, Section, i), section, name))
            return TRUE;
    return FALSE;
}

static gboolean property_is(const Property *property, const char *key, const char *nested)
{
    if (g_ascii_strcasecmp(property->key, key) != 0 || (property->nested == NULL) != (nested == NULL))
        return FALSE;
    return nested == NULL || g_ascii_strcasecmp(property->nested, nested) == 0;
}

const char *profile_file_get(const ProfileFile *file, ProfileSection section, const char *name,
                             const char *key, const char *nested)
{
    for (guint i = file->properties->len; i > 0; i--) {
        const Property *property = &g_array_index(file->properties, Property, i - 1);
        const Section *owner = &g_array_index(file->sections, Section, property->section);

        if (property_is(property, key, nested) && section_is(file, owner, section, name))
            return *property->value != '\0' ? property->value : NULL;
    }
    return NULL;
}
