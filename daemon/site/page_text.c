#include "daemon/site/page_text.h"

/* Without any address in it. */
static const char style[] =
    ":root{color-scheme:light dark;--page:#f4f4f1;--card:#fff;--ink:#1c1e20;--soft:#5c6268;--line:#deded9;"
    "--good:#1d6b3a;--mark:#8f4a0c;--bad:#b3261e;--bar:#5b7fae}"
    "@media(prefers-color-scheme:dark){:root{--page:#131517;--card:#1d2022;--ink:#e9ebec;--soft:#a2a9b0;"
    "--line:#32373b;--good:#7fce9a;--mark:#e8a866;--bad:#ff8a80;--bar:#7ba3d6}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:76rem;padding:1.25rem 1.1rem 3rem;background:var(--page);color:var(--ink);"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;"
    "-webkit-text-size-adjust:100%}"
    "h1{font-size:1.4rem;line-height:1.25;margin:0;overflow-wrap:anywhere}"
    "h2{font-size:1.05rem;margin:0 0 .7rem}"
    "p{margin:.35rem 0;overflow-wrap:anywhere}.soft,dt,thead th,figcaption{color:var(--soft)}"
    "header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.4rem .9rem;margin-bottom:1rem}"
    ".phase{padding:.05rem .7rem;border:1px solid currentColor;border-radius:1rem;font-weight:600}"
    ".good{color:var(--good)}.mark{color:var(--mark)}.bad{color:var(--bad)}"
    "section{margin:1rem 0;padding:1rem 1.1rem;background:var(--card);border:1px solid var(--line);"
    "border-radius:.7rem}"
    ".both{display:grid;grid-template-columns:minmax(0,1fr);gap:0 1rem}"
    "@media(min-width:56rem){.both{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}}"
    "progress{display:block;width:100%;height:1.1rem;margin:.4rem 0 .8rem;accent-color:var(--bar)}"
    "dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.6rem 1rem;margin:0}"
    "dt{font-size:.85rem}dd{margin:0;font-size:1.15rem;font-variant-numeric:tabular-nums;"
    "overflow-wrap:anywhere}"
    "figure{margin:0}figure svg{display:block;width:100%;height:6rem}figcaption{font-size:.85rem}"
    "rect{fill:var(--bar)}rect.failed{fill:var(--mark)}rect.stopped{fill:var(--bad)}"
    ".wide{overflow-x:auto}"
    "table{width:100%;border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}"
    "th,td{padding:.3rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}"
    "th{font-weight:600}thead th{font-weight:400;white-space:nowrap}td.key{overflow-wrap:anywhere;"
    "min-width:11rem}tr:last-child td{border-bottom:0}"
    "th:first-child,td:first-child{padding-left:0}.number{text-align:right;white-space:nowrap}"
    ".records td:first-child{white-space:nowrap}"
    "@media(max-width:40rem){body{padding:.9rem .7rem 2rem}section{padding:.85rem .8rem}"
    ".records thead{display:none}.records tr{display:block;padding:.45rem 0;border-bottom:1px solid "
    "var(--line)}"
    ".records td{display:block;padding:0;border:0;min-width:0}.records td:empty{display:none}"
    ".records tr:last-child{border-bottom:0}}"
    ".lost{display:none}body.alone .lost{display:block}"
    "footer{color:var(--soft);font-size:.85rem}";

/* Asks for the page again and takes its main part. It runs no script from there, and makes no text into
 * markup. */
static const char script[] =
    "(function(){var busy=false;setInterval(function(){if(busy||document.hidden)return;busy=true;"
    "fetch(location.pathname,{cache:'no-store',credentials:'omit'}).then(function(r){"
    "if(!r.ok)throw r;return r.text()}).then(function(t){"
    "var d=new DOMParser().parseFromString(t,'text/html'),m=d.querySelector('main');"
    "if(!m)throw t;document.querySelector('main').replaceWith(m);document.title=d.title;"
    "document.body.classList.remove('alone')}).catch(function(){"
    "document.body.classList.add('alone')}).finally(function(){busy=false})},2000)})()";

const char *page_text_style(void)
{
    return style;
}

const char *page_text_script(void)
{
    return script;
}

/* As in a policy: "'sha256-...'". */
static char *source_of(const char *text)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree char *base64 = NULL;
    guint8 digest[32];
    gsize size = sizeof digest;

    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_get_digest(checksum, digest, &size);
    base64 = g_base64_encode(digest, size);
    return g_strdup_printf("'sha256-%s'", base64);
}

char *page_text_policy(void)
{
    g_autofree char *styles = source_of(style), *scripts = source_of(script);

    return g_strdup_printf("default-src 'none'; style-src %s; script-src %s; connect-src 'self'; "
                           "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                           styles, scripts);
}
