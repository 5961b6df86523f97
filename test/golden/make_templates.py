"""Small Jinja templates of our own, rendered by transformers (its own Jinja2 environment): expected/templates.json.

    python make_templates.py        # transformers 5.24, Jinja2 3.1.6
"""
import datetime
import json
import pathlib

import transformers.utils.chat_template_utils as utils


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2025, 7, 10, 12, 0, 0)


utils.datetime = Clock

MESSAGES = [('system', 'S'), ('user', 'Hi'), ('assistant', 'Hello'), ('user', ''), ('user', '  a B\n'), ('user', '\ufeff x\x1c\x85'), ('user', 'ǆ ßeta'), ('user', '1')]
VARIABLES = {
    'bos_token': '<s>', 'eos_token': '</s>', 'add_generation_prompt': True, 'tools': None, 'n': 5,
    'messages': [{'role': role, 'content': content} for role, content in MESSAGES],
    'obj': {'b': 1, 'a': [True, None, 1.5, "q'é\u2028"], 'é': {'z': {}, 'y': []}}, 'names': ['a', "b'"],
}
TEMPLATES = [
    '{{ true }} {{ none }} {{ 1.0 }} {{ obj }} {{ names }} {{ (1,) }} {{ (1,2) }}',
    "{{ '' == false }}{{ '1' == 1 }}{{ 1 == true }}{{ 1.0 == 1 }}{{ none == false }}{{ [1] == [1] }}{{ {'a':1} == {'a':1} }}",
    "{% for m in messages %}[{{ m.content|trim }}|{{ m.content.strip(' a') }}|{{ m.content.lstrip('\\n') }}|{{ m.content|capitalize }}|{{ m.content|title }}|{{ m.content.title() }}|{{m.content|length}}]{% endfor %}",
    "{{ messages|selectattr('x','undefined')|list|length }} {{ messages|rejectattr('x','defined')|list|length }} {{ messages|selectattr('role','equalto','user')|list|length }}{{ messages|selectattr('role','in',['user'])|list|length }}",
    "{{ obj|tojson }}{{ obj|tojson(indent=2) }}{{ obj|tojson(sort_keys=true) }}{{ obj|tojson(ensure_ascii=True) }}{{ obj|tojson(separators=(',',':')) }}{{ obj|tojson(indent=4, separators=(', ',': ')) }}",
    '{{ undefined_thing.x }}',
    '{{ none.x }}',
    '{{ messages[0].nope }}x',
    '{{ messages[0].nope.deeper }}',
    "{{ 'a' + 1 }}",
    "{{ 'a' ~ 1 ~ none ~ true }}",
    "{{ 'a' in 'abc' }}{{ 'x' not in names }}{{ 'a' in obj }}{{ 1 in [true] }}{{ '1' in [1] }}",
    '{% for m in messages %}{% if loop.first %}{% set x = 1 %}{% endif %}{{ x }},{% endfor %}',
    '{% set x = 0 %}{% for m in messages %}{% set x = x + 1 %}{{ x }},{% endfor %}{{ x }}',
    "{% for c in 'añ🙂' %}{{ c }}-{% endfor %}{{ 'a🙂b'[1] }}{{ 'a🙂b'[1:] }}{{ 'a🙂b'|length }}{{ 'abc'[-1] }}",
    '{% for c in nothing %}x{% else %}none{% endfor %}',
    '{% for c in none %}x{% endfor %}',
    '{% for k in obj %}{{ k }}{% endfor %}{% for k,v in obj.items() %}{{ k }}={{ v }};{% endfor %}{% for k,v in obj|items %}{{k}}{% endfor %}',
    '  {% if true %}\n  x\n  {% endif %}\ny\n',
    "   {{ 'a' }}\n",
    '{%- if true -%}  a  {%- endif -%}  b',
    '{% if true %}\r\na\r\n  {% endif %}\r\nb\r',
    '{% if true %}\ra\r{% endif %}\rb',
    "{{ 'a b  c'.split() }}{{ 'a,b,c'.split(',',1) }}{{ ' a\\x1cb '.split() }}{{ 'abc'.split('b')[0] }}",
    "{{ 'x'.startswith(('x','y')) }}{{ 'abc'.replace('b','X') }}{{ 'aaa'.replace('a','b',1) }}{{'a'.upper()}}",
    "{{ [1,none,'a',true]|join(',') }}{{ 'abc'|join('-') }}{{ messages|map(attribute='role')|join('|') }}",
    "{{ '12'|int }}{{ 'x'|int }}{{ '12abc'|int }}{{ -1.5|int }}{{ '3.7'|int }}{{ true|int }}",
    "{{ x|default('d') }}{{ ''|default('d',true) }}{{ ''|default('d') }}{{ none|default('d') }}{{ x|default(default_value='k') }}",
    "{{ [3,1,2]|sort }}{{ ['b','A']|sort }}{{ [1,1,2]|unique|list }}{{ [1,2]|reverse|list }}{{ [1,2]|first }}{{ []|first }}{{ 'abc'|last }}",
    "{{ 'a\\nb\\n\\nc'|indent(2) }}{{ 'a\\nb'|indent(2,true) }}{{ 'a\\nb'|indent(2,first=true) }}{{'a\\n'|indent}}",
    "{{ true is number }}{{ 1 is integer }}{{ obj is iterable }}{{ 'a' is sequence }}{{ obj is mapping }}{{ none is none }}{{ 'aB' is lower }}{{ '1' is lower }}{{ x is iterable }}{{ x is defined }}{{ 3 is odd }}",
    '{{ -7 % 3 }}',
    '{{ 7 // 2 }}{{ -7 // 2 }}{{ 7 / 2 }}{{ 2 ** 3 }}{{ 7 % 3 }}{{ 1 + 1.5 }}{{ 1 - 1.0 }}',
    "{{ 'a' if false }}|{{ 'a' if true else 'b' }}",
    "{{ 'abc'.length }}",
    '{{ messages|length }}{{ messages[-1].content }}{{ messages[1:]|length }}{{ messages[::-1][0].content }}',
    "{% macro f(a, b='x') %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}{{ f(true,none) }}",
    '{% set ns = namespace(a=1, b=none) %}{% for m in messages %}{% set ns.a = ns.a + 1 %}{% endfor %}{{ ns.a }}{{ ns.b }}',
    "{{ raise_exception('no') }}",
    "{{ strftime_now('%d %b %Y') }}",
    '{{ \'it\\\'s\' }}{{ ["it\'s", \'q"\', \'\\n\\x00é\\u200b\'] }}',
    '{% for m in messages %}{{ loop.index }}{{ loop.last }}{{ loop.previtem is defined }}{% if loop.index == 3 %}{% break %}{% endif %}{% endfor %}',
    '{% generation %}a{% endgeneration %}b\n{%- generation -%} c {%- endgeneration -%} d',
    '{# c #}\nx{#- c -#}  y',
    '{{ dict(a=1) }}',
    "{{ 'a'|safe }}{{ 'Ab'|upper }}{{ 1|string }}{{ true|string }}{{ none|string }}{{ x|string }}{{ x|trim }}|",
    "{{ messages|selectattr('content')|list|length }}{{ ['a','','b']|select|join }}{{ ['a','b']|reject('equalto','a')|join }}",
    "{{ obj.get('b') }}{{ obj.get('zz') }}{{ obj.get('zz','d') }}{{ obj.keys()|list }}{{ obj['é'] }}",
    "{{ not '' }}{{ not none }}{{ 'a' and 'b' }}{{ '' or 'c' }}{{ none or '' }}|{{ 0 or none }}",
    '{% set a, b = (1, 2) %}{{ a }}{{ b }}',
    '{% set x %}a {{ n }}{% endset %}{{ x }}',
    '{{ range(3)|list }}{{ range(1,4)|list }}{{ range(5,0,-2)|list }}',
    '{{ 0.1 + 0.2 }}{{ 12345678901234 }}',
    "{{ n > 3 and n < 10 }}{{ 'a' < 'b' }}",
    "{{ 'a' * 3 }}",
    '{{ [1] + [2] }}',
    "{{ '%s-%d' % ('a', 1) }}",
    "{{ 'a'|frobnicate }}",
    "{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m.content }}{% else %}none{% endfor %}",
    "{{ 'a\\tb' | trim }}{{ '  x  '.rstrip() }}|{{ 'xxhixx'.strip('x') }}",
    "{{ messages is string }}{{ messages[0]['role'] }}{{ messages[0].role }}{{ messages.0.role }}",
    "{% if messages[0].content is string and messages[0].content != '' %}y{% endif %}{{ [] == false }}{{ not [] }}{{ {} is mapping }}{{ not {} }}",
    '  {%+ if true %}a{% endif %}',
    '{% raw %}{{ x }}{% endraw %}',
    '{{ [\'a\']|list|tojson }}{{ \'é"\\n\'|tojson }}{{ 1.0|tojson }}{{ none|tojson }}{{ x|tojson }}',
    '{{ messages|last }}',
    "{{ 'Hello World'|lower|replace('o','0') }}{{ 'aXb'|replace('X','-') }}",
    '{%- macro g(m) -%}{{ m.content }}{{ n }}{%- endmacro -%}{% for m in messages %}{% set n = 9 %}{{ g(m) }}{% endfor %}',
    '{% macro w() %}<{{ caller() }}>{% endmacro %}{% call w() %}in{% endcall %}',
    '{% filter upper %}abc{% endfilter %}',
    "{% set x = 'a' %}{% if true %}{% set x = 'b' %}{% endif %}{{ x }}",
    "{{ 'ab'.removeprefix('a') }}",
    "{{ 'A,b'.split(',')|map('trim')|list }}",
    '{{ loop is defined }}{{ true|tojson }}{{ messages|tojson }}',
    "{{ 'ŉ ﬁ ß ǆ'|upper }}{{ 'ΑΣ'|lower }}{{ 'ﬁx'|capitalize }}{{ 'ΑΣ'.lower() }}{{'ß'.capitalize()}}",
    '{{ obj is defined and obj.b is number }}{{ obj.b.c }}x',
    '{{ messages[99] }}x',
    '{{ messages[99].role }}',
    '{{ messages[0][1] }}x',
    "{{ 'abc'['x'] }}y",
    "{{ ['a','b'].index('b') }}",
    "{{ names.append('c') }}{{ names }}",
    '{{ [1,2].pop() }}',
    "{{ obj.update({'q':1}) }}",
    "{{ {1:'a'}[1] }}",
    '{{ 5|abs }}{{ -5|abs }}',
    "{{ 'x' is eq 'x' }}",
    "{{ 'a' is in ['a'] }}",
    '{{ 4 is divisibleby 2 }}',
    '{{ 2.5|round }}',
    '{{ [1,2]|sum }}',
    "{{ 'a b'|wordcount }}",
    '{{ namespace(a=1) }}',
    '{{ obj|dictsort }}',
    "{{ messages|map(attribute='content')|list }}",
    "{{ messages|groupby('role')|list|length }}",
    '{{ 1 / 100000 }}',
]


rows = []
for template in TEMPLATES:
    try:
        rows.append({'template': template, 'text': utils._compile_jinja_template(template).render(**VARIABLES)})
    except Exception:  # whatever Jinja2 refuses, we must refuse
        rows.append({'template': template, 'text': None})
out = pathlib.Path(__file__).parent / 'expected' / 'templates.json'
out.write_text(json.dumps({'variables': VARIABLES, 'rows': rows}, ensure_ascii=False, indent=1) + '\n', encoding='utf-8')
