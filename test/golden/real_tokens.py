"""Token ids of real tokenizers and templates by transformers and TRL, for real-tokens.ts.

    python real_tokens.py DATA OUT        # DATA: folder with tokenizers/, models/, chat_templates/; OUT: a new folder
"""
import datetime
import gzip
import json
import pathlib
import re
import sys

import transformers.utils.chat_template_utils as utils
from transformers import PreTrainedTokenizerFast
from transformers.utils import logging
from trl.data_utils import _tokenize, common_prefix_length

logging.set_verbosity_error()
DATA, OUT = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2025, 7, 10, 12, 0, 0)


utils.datetime = Clock


def user(text):
    return {'role': 'user', 'content': text}


CASES = {
    'one question': ([user('Which knot holds a boat?')], 'A bowline.', 'Any knot.'),
    'blanks and newlines': ([user('  \n Which knot?\n\n')], '\n\n  Tie it:\n    twice\n\n', '    A bowline  '),
    'several turns': ([user('Which knot?'), {'role': 'assistant', 'content': 'A bowline.'}, user('And a tent?')], 'A taut line hitch.', 'None'),
    'system': ([{'role': 'system', 'content': 'Answer in one word.'}, user('Which knot?')], 'Bowline', 'I would rather not say'),
    'Cyrillic': ([user('Какой узел держит лодку?')], 'Беседочный узел.', 'Любой'),
    'CJK': ([user('どの結び目ですか？船を留めるのは')], '用称人结。', '아무 매듭이나'),
    'emoji': ([user('⛵ or 🏕️? 👩‍👩‍👧')], '🪢👍🏽 é e\u0301', '🤷'),
    'code': ([user('def tie(knot):\n\treturn {"turns": [1, 2]}')], '```py\ndef tie(knot):\n    return knot  # ok\n```', '{"turns": 3.5}'),
}


def templates():
    found = {path.stem: path.read_bytes().decode() for path in sorted((DATA / 'chat_templates').glob('*.jinja'))}
    found.update({case['name']: case['chat_template'] for case in json.loads((DATA / 'chat_templates/hf-jinja-e2e.json').read_text())['cases']})
    for path in sorted(DATA.glob('**/*.json')):
        match = re.search(r'(tokenizer_config|chat_template)\.json$', path.name)
        template = json.loads(path.read_text()).get('chat_template') if match else None
        if isinstance(template, str):
            found[str(path.relative_to(DATA))] = template
    return found


def tokenizers():
    """Each with the two tokens it needs, written into OUT as the folder that ours reads."""
    for path in sorted([*DATA.glob('tokenizers/*/tokenizer.json*'), *DATA.glob('models/*/tokenizer.json')]):
        data = gzip.decompress(path.read_bytes()) if path.suffix == '.gz' else path.read_bytes()
        raw, config_file = json.loads(data), path.parent / 'tokenizer_config.json'
        config = json.loads(config_file.read_text()) if config_file.exists() else {}
        special = [token['content'] for token in raw['added_tokens'] if token['special']]
        chosen = {name: config.get(name) or (special or [None])[place] for name, place in [('bos_token', 0), ('eos_token', -1)]}
        chosen = {name: token['content'] if isinstance(token, dict) else token for name, token in chosen.items()}
        raw['truncation'] = raw['padding'] = None
        folder = OUT / path.parent.name
        folder.mkdir(parents=True)
        (folder / 'tokenizer.json').write_text(json.dumps(raw))
        (folder / 'tokenizer_config.json').write_text(json.dumps(chosen))
        if chosen['eos_token'] is None:
            print(f'{path.parent.name}: left out, it has no special token to end an answer with', file=sys.stderr)
            continue
        yield path.parent.name, PreTrainedTokenizerFast(tokenizer_file=str(folder / 'tokenizer.json'), **chosen)


def pair_ids(tokenizer, template, messages, answers):
    """As TRL's DPO trainer does it: its own functions, in the order of its tokenize_fn. None where the template refuses."""
    if template in ('plain', 'pku'):
        text = messages[0]['content'] if template == 'plain' else f"BEGINNING OF CONVERSATION: USER: {messages[0]['content']} ASSISTANT:"
        ended = [answer if answer.endswith(tokenizer.eos_token) else answer + tokenizer.eos_token for answer in answers]
        prompt, wholes = _tokenize(tokenizer, text)['input_ids'], [_tokenize(tokenizer, text + answer)['input_ids'] for answer in ended]
    else:
        try:
            prompt = _tokenize(tokenizer, messages, add_generation_prompt=True)['input_ids']
            wholes = [_tokenize(tokenizer, [*messages, {'role': 'assistant', 'content': answer}])['input_ids'] for answer in answers]
        except Exception:
            return None
    start = min(common_prefix_length(prompt, whole) for whole in wholes)
    return {'promptIds': prompt[:start], 'chosenIds': wholes[0][start:], 'rejectedIds': wholes[1][start:]}


found = templates()
OUT.mkdir(parents=True, exist_ok=True)
(OUT / 'templates.json').write_text(json.dumps(found))
with (OUT / 'rows.jsonl').open('w') as rows:
    for tokenizer_name, tokenizer in tokenizers():
        for template in [*found, 'plain', 'pku']:
            tokenizer.chat_template = found.get(template)
            for case, (messages, *answers) in CASES.items():
                if len(messages) > 1 and template not in found:
                    continue
                row = {'tokenizer': tokenizer_name, 'template': template, 'case': case, 'messages': messages, 'answers': answers}
                rows.write(json.dumps({**row, 'ids': pair_ids(tokenizer, template, messages, answers)}) + '\n')
