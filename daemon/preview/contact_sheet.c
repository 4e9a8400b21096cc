#include "daemon/preview/contact_sheet.h"

#include <stdarg.h>

#include "base/error.h"
#include "base/size_text.h"

/* Text is collected up to this size before it is written to the page's file. */
#define PENDING_BYTES (64u << 10)

/* Bytes encoded at a time: a multiple of three, so that there is no padding in between. */
#define BASE64_BYTES (12u << 10)

struct ContactSheet {
    Blob *page;
    GString *pending;
    GError *error; /* the first error; nothing is written after it */
    guint64 max_bytes;
    guint n_entries, n_failed, n_outputs;
    guint64 source_bytes, output_bytes;
};

/* A picture opens when the URL ends with its id (:target): first as wide as the window allows, from there in
 * its actual size. This needs no script, and no second copy of its bytes. */
static const char *const style[] = {
    ":root{color-scheme:light dark;--page:#f4f4f1;--card:#fff;--ink:#1c1e20;--soft:#62686e;--line:#deded9;",
    "--link:#1f5fae;--mark:#a85a14;--bad:#b3261e;--check:#e3e3df}",
    "@media(prefers-color-scheme:dark){:root{--page:#131517;--card:#1d2022;--ink:#e9ebec;--soft:#9aa2a9;",
    "--line:#32373b;--link:#8ab8f5;--mark:#e09a52;--bad:#ff8a80;--check:#2d3235}}",
    "*{box-sizing:border-box}",
    "body{margin:0 auto;max-width:80rem;padding:1.5rem 1.25rem 3rem;background:var(--page);",
    "color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;",
    "-webkit-text-size-adjust:100%}",
    "a{color:var(--link)}",
    "a:focus-visible,pre:focus-visible{outline:3px solid var(--link);outline-offset:2px}",
    "h1{font-size:1.6rem;line-height:1.25;margin:0;overflow-wrap:anywhere}",
    "h2{font-size:1.1rem;line-height:1.3;margin:0 0 .9rem;overflow-wrap:anywhere}",
    "p{margin:.4rem 0}.soft,figcaption{color:var(--soft)}",
    "nav ol{margin:.9rem 0 0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:.3rem .5rem}",
    "nav a{display:block;padding:.1rem .7rem;border:1px solid var(--line);border-radius:1rem;",
    "background:var(--card);font-size:.85rem;text-decoration:none;overflow-wrap:anywhere}",
    "section{margin:1.25rem 0;padding:1.1rem 1.25rem 1.25rem;background:var(--card);",
    "border:1px solid var(--line);border-radius:.7rem;scroll-margin-top:.5rem}",
    ".failure,.warning{margin:0 0 1rem;padding:.55rem .9rem;border-left:.25rem solid var(--mark);",
    "border-radius:.25rem;background:var(--page);overflow-wrap:anywhere}.warning b{color:var(--mark)}",
    ".failure{border-color:var(--bad)}.failure b{color:var(--bad)}",
    ".pictures{display:grid;grid-template-columns:17rem minmax(0,1fr);align-items:start;gap:1.5rem}",
    ".outputs{display:flex;flex-wrap:wrap;align-items:flex-start;gap:1.1rem}",
    "figure{margin:0;max-width:100%}",
    ".outputs figure{--r:calc(var(--w)/var(--h));flex:var(--r) 1 calc(var(--r)*9.5rem);min-width:7.5rem;",
    "max-width:max(7.5rem,min(100%,calc(var(--r)*15rem),calc(var(--w)*1px)))}",
    ".source{padding-right:1.5rem;border-right:1px solid var(--line)}.source b{color:var(--mark)}",
    "figure img{width:auto;height:auto;min-width:1px;min-height:1px;max-width:100%;max-height:16rem}",
    "figure img,.unseen{display:block;border-radius:.25rem;background:repeating-conic-gradient(",
    "var(--check) 0 25%,var(--card) 0 50%) 0 0/16px 16px}",
    ".unseen{padding:2.5rem 1rem;text-align:center}",
    "figcaption{margin-top:.4rem;font-size:.85rem;line-height:1.35;font-variant-numeric:tabular-nums}",
    "figcaption b{display:block;color:var(--ink);overflow-wrap:anywhere}",
    ".open{display:block;cursor:zoom-in}.back,.real{display:none}.full{display:contents}",
    ".outputs figure:target,",
    ".outputs .full:target{position:fixed;inset:0;z-index:1;overflow:auto;display:flex;",
    "flex-direction:column;align-items:flex-start;max-width:none;padding:1rem;background:var(--page);",
    "outline:0}",
    "figure:target .back,.full:target .back,",
    "figure:target .real{display:block;order:-2;position:sticky;left:0;top:0;",
    "margin-bottom:.4rem;padding:.3rem .9rem;border:1px solid var(--line);",
    "border-radius:1rem;background:var(--card)}",
    "figure:target figcaption,.full:target figcaption{order:-1;margin:.3rem 0 .7rem}",
    "figure:target .open,.full:target .open{cursor:default}",
    "figure:target img{max-height:none;border-radius:0}",
    ".full:target img{max-width:none;max-height:none;border-radius:0}",
    ".facts{display:grid;grid-template-columns:minmax(0,1fr);align-items:start;gap:1.1rem 1.75rem;",
    "margin-top:1.3rem}",
    ".wide{overflow-x:auto}",
    "table{width:100%;border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}",
    "th,td{padding:.28rem .45rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}",
    "th{font-weight:600}thead th{color:var(--soft);font-weight:400}",
    "th:first-child,.left{text-align:left}",
    "th:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}",
    "tfoot th,tfoot td{border-bottom:0}",
    "pre{margin:0;padding:.7rem .9rem;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--page);",
    "border:1px solid var(--line);border-radius:.4rem;",
    "font:.72rem/1.65 ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace}",
    "@media(min-width:60rem){.facts{grid-template-columns:minmax(0,29rem) minmax(0,1fr)}}",
    "@media(max-width:40rem){body{padding:1rem .7rem 2rem}section{padding:.9rem .8rem 1rem}",
    ".pictures{grid-template-columns:minmax(0,1fr);gap:1.1rem}",
    ".source{padding:0 0 1.1rem;border-right:0;border-bottom:1px solid var(--line)}",
    ".outputs{gap:1rem .8rem}.outputs figure{flex-basis:calc(var(--r)*9rem)}",
    "table{font-size:.72rem}th,td{padding:.28rem .2rem}}",
    "@media print{body{max-width:none}section{break-inside:avoid}nav{display:none}}",
};

/* Writing */

static void flush(ContactSheet *sheet)
{
    if (sheet->error == NULL)
        (void)blob_append(sheet->page, sheet->pending->str, sheet->pending->len, &sheet->error);
    g_string_truncate(sheet->pending, 0);
}

/* The only way to put text on the page: the arguments for %s are escaped, for elements and for attributes in
 * double quotes. */
G_GNUC_PRINTF(2, 3) static void put(ContactSheet *sheet, const char *format, ...)
{
    g_autofree char *html = NULL;
    va_list args;

    va_start(args, format);
    html = g_markup_vprintf_escaped(format, args);
    va_end(args);
    g_string_append(sheet->pending, html);
    if (sheet->pending->len >= PENDING_BYTES)
        flush(sheet);
}

/* Writes a data: URI, which needs no escaping in HTML. */
static void put_uri(ContactSheet *sheet, const SheetPicture *picture)
{
    const guchar *bytes = picture->bytes;
    char encoded[BASE64_BYTES / 3 * 4 + 8];
    int state = 0, save = 0;
    gsize n;

    put(sheet, "data:%s;base64,", format_info(picture->format)->content_type);
    for (guint64 done = 0; done < picture->size_bytes && sheet->error == NULL; done += BASE64_BYTES) {
        n = g_base64_encode_step(bytes + done, MIN(picture->size_bytes - done, BASE64_BYTES), FALSE, encoded,
                                 &state, &save);
        g_string_append_len(sheet->pending, encoded, (gssize)n);
        flush(sheet);
    }
    n = g_base64_encode_close(FALSE, encoded, &state, &save);
    g_string_append_len(sheet->pending, encoded, (gssize)n);
}

/* The page */

ContactSheet *contact_sheet_new(const char *title, const char *const *names, guint64 max_bytes,
                                GError **error)
{
    Blob *page = blob_new("contact-sheet", max_bytes, error);
    ContactSheet *sheet;

    if (page == NULL)
        return NULL;
    sheet = g_new0(ContactSheet, 1);
    sheet->page = page;
    sheet->pending = g_string_sized_new(PENDING_BYTES);
    sheet->max_bytes = max_bytes;
    put(sheet, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta http-equiv=\"Content-Security-Policy\" "
               "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
               "<meta name=\"generator\" content=\"thumbmill " THUMBMILL_VERSION "\">\n");
    put(sheet, "<title>%s: preview</title>\n<style>\n", title);
    for (guint i = 0; i < G_N_ELEMENTS(style); i++) {
        g_string_append(sheet->pending, style[i]);
        g_string_append_c(sheet->pending, '\n');
    }
    put(sheet, "</style></head>\n<body>\n<header><h1>Preview of <bdi>%s</bdi></h1>\n", title);
    put(sheet, "<p class=\"soft\">The outputs that thumbmill makes of these images. Click an output to "
               "enlarge it; the enlarged output has a link to its actual size.</p>\n");
    if (names[0] != NULL && names[1] != NULL) {
        put(sheet, "<nav aria-label=\"Images\"><ol>\n");
        for (guint i = 0; names[i] != NULL; i++)
            put(sheet, "<li><a href=\"#image-%u\"><bdi>%s</bdi></a></li>\n", i + 1, names[i]);
        put(sheet, "</ol></nav>\n");
    }
    put(sheet, "</header>\n<main>\n");
    return sheet;
}

void contact_sheet_free(ContactSheet *sheet)
{
    if (sheet == NULL)
        return;
    blob_unref(sheet->page);
    g_string_free(sheet->pending, TRUE);
    g_clear_error(&sheet->error);
    g_free(sheet);
}

/* Pictures */

/* Browsers show all formats but TIFF, for which there is a download link. */
static void put_picture(ContactSheet *sheet, const SheetPicture *picture, const char *of)
{
    const FormatInfo *format = format_info(picture->format);

    if (picture->format == FORMAT_TIFF) {
        put(sheet, "<a class=\"unseen\" download=\"%s.%s\" href=\"", picture->name, format->extension);
        put_uri(sheet, picture);
        put(sheet, "\">%s: save the file to see it</a>", format->name);
        return;
    }
    put(sheet, "<img width=\"%u\" height=\"%u\" alt=\"%s of %s\" src=\"", picture->width, picture->height,
        picture->name, of);
    put_uri(sheet, picture);
    put(sheet, "\">");
}

/* The size with a non-breaking space before its unit. Owned by the caller. */
static char *unbroken_size(guint64 size_bytes)
{
    g_autofree char *size = size_text(size_bytes);
    g_auto(GStrv) words = g_strsplit(size, " ", 2);

    return g_strjoinv("\xc2\xa0", words);
}

static void put_caption(ContactSheet *sheet, const SheetPicture *picture)
{
    g_autofree char *size = unbroken_size(picture->size_bytes);

    put(sheet, "<figcaption><b>%s</b>%u&nbsp;&times;&nbsp;%u, %s", picture->name, picture->width,
        picture->height, size);
    if (picture->frames > 1)
        put(sheet, ", %u&nbsp;%s", picture->frames,
            format_has_option(picture->format, OPTION_FRAMES) ? "frames" : "pages");
    put(sheet, "</figcaption>");
}

/* number: of the output, starting at 1. */
static void put_output(ContactSheet *sheet, const SheetPicture *output, guint number, const char *of)
{
    const gboolean is_shown = output->format != FORMAT_TIFF;
    const guint entry = sheet->n_entries;

    put(sheet, "<figure id=\"image-%u-%u\" style=\"--w:%u;--h:%u\">", entry, number, output->width,
        output->height);
    put(sheet,
        "<div class=\"full\" id=\"image-%u-%u-full\"><a class=\"back\" href=\"#image-%u\">Back to the "
        "sheet</a>",
        entry, number, entry);
    put(sheet, "<a class=\"real\" href=\"#image-%u-%u-full\">Actual size</a>", entry, number);
    if (is_shown)
        put(sheet, "<a class=\"open\" href=\"#image-%u-%u\">", entry, number);
    put_picture(sheet, output, of);
    if (is_shown)
        put(sheet, "</a>");
    put_caption(sheet, output);
    put(sheet, "</div></figure>\n");
}

static void put_pictures(ContactSheet *sheet, const SheetEntry *entry)
{
    put(sheet, "<div class=\"pictures\">\n");
    if (entry->thumbnail != NULL && entry->source != NULL) {
        put(sheet, "<figure class=\"source\">");
        put_picture(sheet, entry->thumbnail, entry->name);
        put_caption(sheet, entry->source);
        put(sheet, "</figure>\n");
    }
    if (entry->n_outputs > 0) {
        put(sheet, "<div class=\"outputs\">\n");
        for (guint i = 0; i < entry->n_outputs; i++)
            put_output(sheet, &entry->outputs[i], i + 1, entry->name);
        put(sheet, "</div>\n");
    }
    put(sheet, "</div>\n");
}

/* Numbers */

static void put_row(ContactSheet *sheet, const SheetPicture *picture, gboolean is_output)
{
    g_autofree char *size = size_text(picture->size_bytes);

    put(sheet, "<tr><th scope=\"row\">%s</th><td>%u&nbsp;&times;&nbsp;%u</td><td class=\"left\">%s</td><td>",
        picture->name, picture->width, picture->height, format_info(picture->format)->name);
    if (is_output && picture->quality > 0)
        put(sheet, "%u", picture->quality);
    else
        put(sheet, is_output && format_has_option(picture->format, OPTION_LOSSLESS) ? "lossless" : "&ndash;");
    put(sheet, "</td><td>%s</td><td>", size);
    if (is_output)
        put(sheet, "%u", picture->spent_ms);
    else
        put(sheet, "&ndash;");
    put(sheet, "</td></tr>\n");
}

static void put_table(ContactSheet *sheet, const SheetEntry *entry)
{
    g_autofree char *sum = NULL;
    guint64 sum_bytes = 0;

    put(sheet,
        "<div class=\"wide\"><table><thead><tr><th scope=\"col\">image</th><th scope=\"col\">pixels</th>"
        "<th scope=\"col\" class=\"left\">format</th><th scope=\"col\">quality</th>"
        "<th scope=\"col\">size</th><th scope=\"col\">ms</th></tr></thead>\n<tbody>\n");
    put_row(sheet, entry->source, FALSE);
    for (guint i = 0; i < entry->n_outputs; i++) {
        put_row(sheet, &entry->outputs[i], TRUE);
        sum_bytes += entry->outputs[i].size_bytes;
    }
    put(sheet, "</tbody>\n");
    if (entry->n_outputs > 0) {
        sum = size_text(sum_bytes);
        put(sheet,
            "<tfoot><tr><th scope=\"row\" colspan=\"4\">all, with decoding</th><td>%s</td>"
            "<td>%u</td></tr></tfoot>\n",
            sum, entry->spent_ms);
    }
    put(sheet, "</table></div>\n");
}

/* Entries */

/* Checks for an error. Replaces the byte count in an ERROR_LIMIT by the entry that exceeded the limit. */
static gboolean sheet_check(ContactSheet *sheet, const char *name, GError **error)
{
    g_autofree char *limit = NULL;

    if (sheet->error == NULL)
        return TRUE;
    if (error_class(sheet->error) == ERROR_LIMIT) {
        limit = size_text(sheet->max_bytes);
        error_set(error, ERROR_LIMIT, "with %s the page exceeds %s", name, limit);
    } else {
        g_propagate_error(error, g_error_copy(sheet->error));
    }
    return FALSE;
}

static void count(ContactSheet *sheet, const SheetEntry *entry)
{
    sheet->n_entries++;
    sheet->n_failed += entry->failure != NULL ? 1 : 0;
    sheet->n_outputs += entry->n_outputs;
    sheet->source_bytes += entry->source != NULL ? entry->source->size_bytes : 0;
    for (guint i = 0; i < entry->n_outputs; i++)
        sheet->output_bytes += entry->outputs[i].size_bytes;
}

gboolean contact_sheet_add(ContactSheet *sheet, const SheetEntry *entry, GError **error)
{
    count(sheet, entry);
    put(sheet, "<section id=\"image-%u\"><h2><bdi>%s</bdi></h2>\n", sheet->n_entries, entry->name);
    if (entry->failure != NULL)
        put(sheet, "<p class=\"failure\"><b>Failed:</b> %s</p>\n", entry->failure);
    for (guint i = 0; entry->warnings != NULL && entry->warnings[i] != NULL; i++)
        put(sheet, "<p class=\"warning\"><b>Note:</b> %s</p>\n", entry->warnings[i]);
    if (entry->thumbnail != NULL || entry->n_outputs > 0)
        put_pictures(sheet, entry);
    if (entry->source != NULL || entry->plan != NULL) {
        put(sheet, "<div class=\"facts\">\n");
        if (entry->source != NULL)
            put_table(sheet, entry);
        if (entry->plan != NULL)
            put(sheet, "<pre tabindex=\"0\" aria-label=\"How they are made\">%s</pre>\n", entry->plan);
        put(sheet, "</div>\n");
    }
    put(sheet, "</section>\n");
    flush(sheet);
    return sheet_check(sheet, entry->name, error);
}

Blob *contact_sheet_finish(ContactSheet *sheet, GError **error)
{
    g_autofree char *in = size_text(sheet->source_bytes);
    g_autofree char *out = size_text(sheet->output_bytes);

    put(sheet, "</main>\n<footer><p class=\"soft\">%u image%s of %s, %u output%s of %s", sheet->n_entries,
        sheet->n_entries == 1 ? "" : "s", in, sheet->n_outputs, sheet->n_outputs == 1 ? "" : "s", out);
    if (sheet->n_failed > 0)
        put(sheet, ", %u failed", sheet->n_failed);
    put(sheet, ". Times are of this machine, one image after the other.</p></footer>\n</body></html>\n");
    flush(sheet);
    if (!sheet_check(sheet, "the end of the page", error) || !blob_seal(sheet->page, error))
        return NULL;
    return g_steal_pointer(&sheet->page);
}
