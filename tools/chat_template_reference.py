#!/usr/bin/env python3
"""Writes what transformers' apply_chat_template makes of the templates that the tests of bundles/chat have, and of expressions.

    python tools/chat_template_reference.py bundles/chat/src/test/resources

reads templates/*.jinja there, as the models have them, and writes expected.json: cases with a template (or its file), variables,
and the text, or null where transformers refuses them. Needs transformers and jinja2.
"""
import json
import sys
from pathlib import Path

import jinja2
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template


def said(*texts, system=None):
    messages = [dict(role=("user", "assistant")[i % 2], content=text) for i, text in enumerate(texts)]
    return ([] if system is None else [dict(role="system", content=system)]) + messages


TOOL = dict(type="function", function=dict(name="weather", description="Tells the weather \"now\" & <here>", parameters=dict(
    type="object", properties=dict(city=dict(type="string"), days=dict(type="integer", default=1)), required=["city"])))
TURNS = {
    "one": said("Who are you?"),
    "space around": said("  Who\tare you?\n\n"),
    "three": said("Who are you?", "I am <b>I</b>.", "Größe 東京 🙂 & \"why\"?"),
    "system": said("Who are you?", system="Be brief. "),
    "system and three": said("a", "b ", "c", system="\nBe brief."),
    "thoughts": said("a", "<think>\nhm, \n</think>\n\n b", "c"),
    "thoughts at the end": said("a", "<think>\nhm\n</think>\n\nb"),
    "not in turns": [dict(role="user", content="a"), dict(role="user", content="b")],
    "assistant first": [dict(role="assistant", content="a"), dict(role="user", content="b")],
    "tools": [*said("Is it warm?"), dict(role="assistant", content="", tool_calls=[
        dict(type="function", function=dict(name="weather", arguments=dict(city="Bern", days=2)))]),
        dict(role="tool", content="17 degrees"), dict(role="tool", content="now")],
}
EXPRESSIONS = [
    "{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 3 }} {{ 1.5 + 1 }} {{ -2 | abs }}",
    "{{ 'a' ~ 1 ~ true ~ none ~ 1.0 }} {{ 'ab' * 2 }} {{ [1, 'a\\'b', none] }} {{ {'k': [1.5, true]} }} {{ (1, 2)[1] }}",
    "{{ 1 < 2 <= 2 }} {{ 1 == 1.0 }} {{ 'a' in 'cab' }} {{ 3 not in [1, 2] }} {{ 'k' in {'k': 1} }} {{ not 1 == 2 }}",
    "{{ x is defined }} {{ x }} {{ text is defined and text is string }} {{ x | default('d') }} {{ '' | default('d', true) }}",
    "{{ 'yes' if list else 'no' }} {{ 'yes' if x }} {{ none or 'b' }} {{ 'a' and 0 }} {{ 1 if false else 2 if false else 3 }}",
    "{{ list[0] }} {{ list[-1] }} {{ list[5] }} {{ list[1:] }} {{ list[:-1] }} {{ list[::-1] }} {{ list[::2] }} {{ list[2:0:-1] }}",
    "{{ text[2:5] }} {{ text[::-1] }} {{ text[-3:] }} {{ text[0] }} {{ text | length }} {{ list | length }} {{ map | length }}",
    "{{ '🙂ab'[0] }} {{ '🙂ab'[::-1] }} {{ '🙂ab'[1:] }} {{ '🙂ab'.find('b') }} {{ '🙂ab' | length }} {{ '🙂ab' | reverse }}",
    "{{ text.strip() }}|{{ text.lstrip(' M') }}|{{ text.rstrip('y ') }}|{{ text.split() }}|{{ text.split('a', 1) }}",
    "{{ 'a,b,c'.split(',') }} {{ 'a,b,c'.rsplit(',', 1) }} {{ 'a'.join(['x', 'y']) }} {{ 'aXbX'.replace('X', '-') }}",
    "{{ text.upper() }} {{ text.lower() | title }} {{ 'aB cd'.capitalize() }} {{ text.startswith(' M') }} {{ 'x.py'.endswith(('.py', '.c')) }}",
    "{{ text.find('a') }} {{ text.count('a') }} {{ 'ab'.removeprefix('a') }} {{ '12'.isdigit() }} {{ 'a\\nb'.splitlines() }}",
    "{% for k, v in map.items() %}{{ k }}={{ v }};{% endfor %} {{ map.get('a') }} {{ map.get('z', 7) }} {{ map.keys() | list }}",
    "{% for i in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.revindex }}{{ loop.length }} {% endfor %}",
    "{% for i in list if i > 1 %}{{ i }}{{ loop.last }}{{ loop.previtem is defined }}{{ loop.nextitem }}{% else %}none{% endfor %}",
    "{% for i in [] %}{{ i }}{% else %}none{% endfor %}{% for i in x %}{{ i }}{% else %}undefined{% endfor %}",
    "{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}",
    "{% for i in range(5, 0, -2) %}{{ i }}{% endfor %} {{ range(3) | list }} {{ range(0, 7, 3) | list }}",
    "{% set n = 1 %}{% for i in list %}{% set n = n + i %}{{ n }} {% endfor %}{{ n }}{% if true %}{% set n = 5 %}{% endif %}{{ n }}",
    "{% set ns = namespace(n=1, m=list | length - 1) %}{% for i in list %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }} {{ ns.m }}",
    "{% set a, b = 1, 'x' %}{{ a }}{{ b }}{% set block %}in {{ a }} block{% endset %}{{ block | upper }}",
    "{% macro m(a, b='y') %}<{{ a }}{{ b }}>{% endmacro %}{{ m('x') }}{{ m('x', b='z') }}{{ m() }}",
    "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "{{ list | join('-') }} {{ list | first }} {{ list | last }} {{ list | reverse | list }} {{ ['b', 'a', 'b'] | unique | list }}",
    "{{ messages | map(attribute='role') | list }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }}",
    "{{ messages | rejectattr('role', 'equalto', 'user') | map(attribute='content') | join }} {{ list | select('odd') | list }}",
    "{{ map | tojson }} {{ map | tojson(indent=2) }} {{ [] | tojson }} {{ {} | tojson(indent=4) }} {{ 'ä\"\\n' | tojson }}",
    "{{ '3' | int + 1 }} {{ '2.5' | float }} {{ 3.9 | int }} {{ 'x' | int }} {{ 5 | string }} {{ 'abc' | list }}",
    "{{ 'a\nb\n\nc' | indent(2) }}|{{ 'a\nb' | indent(2, true) }}|{{ text | trim | replace('a', 'o') }}|{{ 'a' | upper | lower }}",
    "{{ 1 is number }} {{ 1.5 is float }} {{ true is boolean }} {{ none is none }} {{ map is mapping }} {{ list is sequence }}"
    " {{ 'a' is iterable }} {{ 4 is divisibleby 2 }} {{ 3 is odd }} {{ x is undefined }} {{ true is true }} {{ 1 is not string }}",
    "a\n  {% if true %}\n    b\n  {% endif %}\nc\n",
    "a  {%- if true -%}  b  {%- endif -%}  c\n  {# remark #}\nd {#- remark -#} e",
    "a\n  {%+ if true %}\nb\n  {%+ endif +%}\nc",
    "  {{ 1 }}\n{{- 2 -}}\n  3\n\n",
    "{% raw %}{{ x }}{% if %}{% endraw %} {{ '{{' }} {{ '%}' }} {{ {'a': {'b': 1}}['a']['b'] }}",
    "{% generation %}{{ text }}{% endgeneration %}",
    "{{ \"a\" 'b' }} {{ '\\u00e9\\x41\\t\\\\' }} {{ 'it\\'s' }}",
    "{{ x.y }}", "{{ 'a' + 1 }}", "{{ x + 'a' }}", "{{ none.a.b }}", "{{ raise_exception('no') }}", "{{ 1 / 0 }}", "{{ text() }}",
    "{% include 'a' %}", "{% if %}", "{{ 'a }}", "{% for i in list %}", "{{ list | nosuch }}", "{{ (1 }}", "{% set map.a = 1 %}{{ map.a }}",
    "{{ ''.__class__.__mro__ }}", "{{ list.append(4) }}",
]
VARIABLES = dict(text=" Mary ", list=[1, 2, 3], map=dict(b="ä<&>", a=[1, 2.5, None, True], c={}), messages=said("q", "r", "s"))
TOKENS = dict(bos_token="<s>", eos_token="</s>")


def expected(template, variables):
    try:
        return _compile_jinja_template(template).render(**variables)
    except (jinja2.TemplateError, TypeError, ZeroDivisionError):
        return None


def cases(folder):
    for file in sorted((folder / "templates").glob("*.jinja")):
        for name, messages in TURNS.items():
            for prompted in (True, False):
                variables = dict(messages=messages, add_generation_prompt=prompted, **TOKENS)
                if name == "tools":
                    variables["tools"] = [TOOL]
                yield dict(name=f"{file.stem}: {name}", file=file.name, variables=variables,
                           text=expected(file.read_text(), variables))
    for template in EXPRESSIONS:
        yield dict(name=template, template=template, variables=VARIABLES, text=expected(template, VARIABLES))


def main(folder):
    made = f"transformers {transformers.__version__}, jinja2 {jinja2.__version__}"
    (folder / "expected.json").write_text(json.dumps(dict(madeWith=made, cases=list(cases(folder)))) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
