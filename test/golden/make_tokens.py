"""Token ids of small tokenizers of our own, by Rust tokenizers, transformers and TRL: expected/tokens.json.

    python make_tokens.py        # tokenizers 0.23, transformers 5.24, TRL 1.16
"""
import copy
import json
import pathlib
import tempfile

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast
from trl.data_utils import _tokenize, common_prefix_length

HERE = pathlib.Path(__file__).parent / 'expected'
LINES = ['The keeper opens the gate at nine, and closes it at six.', 'Who asks for the key? Ask the keeper of the gate.', 'def gate(key):\n    return key == 42\n', 'Привет, сторож! Ключ у ворот.', 'Sure! Of course, here it is: 12, 345 and 6789.', 'user assistant system [INST] [/INST] Question: Answer:'] * 3
SPECIAL = ['<unk>', '<s>', '</s>', '<|turn|>', '<|end|>']


def bytes_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=340, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return json.loads(tokenizer.to_str())


def pieces_tokenizer():
    """As SentencePiece models are converted: a blank before each text, bytes for what is not in the vocabulary."""
    tokenizer = Tokenizer(models.BPE(unk_token='<unk>', fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend('▁'), normalizers.Replace(' ', '▁')])
    tokenizer.decoder = decoders.Sequence([decoders.Replace('▁', ' '), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(' ', 1, 0)])
    tokenizer.train_from_iterator([line for text in LINES for line in text.split('\n')], trainers.BpeTrainer(vocab_size=220, special_tokens=SPECIAL + [f'<0x{byte:02X}>' for byte in range(256)], show_progress=False))
    raw = json.loads(tokenizer.to_str())
    raw['added_tokens'] = [token for token in raw['added_tokens'] if not token['content'].startswith('<0x')]
    raw['post_processor'] = json.loads(processors.TemplateProcessing(single='<s> $A', pair='<s> $A $B', special_tokens=[('<s>', 1)]).__getstate__())
    return raw


BASES = {'bytes': bytes_tokenizer(), 'pieces': pieces_tokenizer()}
BYTES = {'type': 'ByteLevel', 'add_prefix_space': False, 'trim_offsets': True, 'use_regex': False}
SPLIT_BYTES = {**BYTES, 'use_regex': True}


def before_bytes(*parts):
    return {'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [*parts, BYTES]}}


def split(pattern, behavior, invert=False):
    return before_bytes({'type': 'Split', 'pattern': pattern, 'behavior': behavior, 'invert': invert})


def added(**fields):
    return {'added': {'content': '[g]', 'single_word': False, 'lstrip': False, 'rstrip': False, 'normalized': False, 'special': False, **fields}}


BEHAVIORS = ['Isolated', 'Removed', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous']
FORMS = [('bytes', {}), ('pieces', {})]
FORMS += [('bytes', split({'Regex': '[ ,]'}, behavior)) for behavior in BEHAVIORS]
FORMS += [('bytes', split({'Regex': '\\w+'}, behavior, True)) for behavior in BEHAVIORS]
FORMS += [('bytes', split({'String': ' '}, behavior)) for behavior in BEHAVIORS]
FORMS += [('bytes', before_bytes({'type': 'Punctuation', 'behavior': behavior})) for behavior in BEHAVIORS]
FORMS += [('bytes', before_bytes({'type': 'Digits', 'individual_digits': single})) for single in (True, False)]
FORMS += [('bytes', {'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': [{'type': 'Digits', 'individual_digits': True}, SPLIT_BYTES]}})]
FORMS += [('bytes', before_bytes({'type': kind})) for kind in ('Whitespace', 'WhitespaceSplit', 'BertPreTokenizer', 'UnicodeScripts')]
FORMS += [('bytes', before_bytes({'type': 'FixedLength', 'length': 3})), ('bytes', before_bytes({'type': 'CharDelimiterSplit', 'delimiter': '-'}))]
FORMS += [('bytes', {'pre_tokenizer': {**SPLIT_BYTES, 'add_prefix_space': True}}), ('bytes', {'pre_tokenizer': BYTES})]
FORMS += [('bytes', {'normalizer': {'type': kind}}) for kind in ('NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents')]
FORMS += [('bytes', {'normalizer': {'type': 'Strip', 'strip_left': True, 'strip_right': True}}), ('bytes', {'normalizer': {'type': 'Prepend', 'prepend': 'x'}})]
FORMS += [('bytes', {'normalizer': {'type': 'Replace', 'pattern': pattern, 'content': content}}) for pattern, content in [({'Regex': '\\s+'}, ' '), ({'String': 'e'}, '$$'), ({'String': '$'}, 'S')]]
FORMS += [(base, added(**fields)) for base in BASES for fields in ({}, {'lstrip': True}, {'rstrip': True}, {'lstrip': True, 'rstrip': True, 'special': True}, {'single_word': True}, {'normalized': True})]
FORMS += [('pieces', {'normalizer': None, 'pre_tokenizer': {'type': 'Metaspace', 'replacement': '▁', 'prepend_scheme': scheme, 'split': cut}}) for scheme in ('always', 'first', 'never') for cut in (True, False)]
TEXTS = ['The keeper opens the gate, at nine.', '  two  blanks  ', ' [g] [g]\n[g]way  [g] ', 'a\n\n\nb\tc ', '12 345 ½ ² ٣٣ 6789', "don't I'LL", 'Привет, ворота', '你好，世界', '🙂👩‍👩‍👧 e\u0301 é', 'ΑΣ ΟΔΟΣ', 'x\u0085y\u00a0z\ufeffw\u3000', '\ufeffstart', 'a$b $$ $&', 'q-r_s/t...!!', '</s> and <s>', '']


def changed(base, change):
    raw = copy.deepcopy(BASES[base])
    raw.update({key: value for key, value in change.items() if key != 'added'})
    if 'added' in change:
        raw['added_tokens'].append({'id': 1 + max(max(raw['model']['vocab'].values()), max(token['id'] for token in raw['added_tokens'])), **change['added']})
    return raw


def form_rows():
    for base, change in FORMS:
        tokenizer = Tokenizer.from_str(json.dumps(changed(base, change)))
        yield {'base': base, 'change': change, 'ids': [tokenizer.encode(text, add_special_tokens=False).ids for text in TEXTS]}


TURN = "{% for m in messages %}<|turn|>{{ m.role }}\n{{ m.content }}<|end|>\n{% endfor %}{% if add_generation_prompt %}<|turn|>assistant\n{% endif %}"
INSTRUCT = "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% else %} {{ m.content }}{{ eos_token }}{% endif %}{% endfor %}"
TEMPLATES = {'turns': TURN, 'instruct': INSTRUCT, 'no end': "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
             'thoughts': TURN.replace('assistant\n{% endif %}', 'assistant\n<think>\n{% endif %}')}
CASES = [('Who asks?', 'The keeper.', 'Of course, 42!'), (' Who asks?\n', '  The keeper\n', '\nSure'), ('Кто там?', 'Сторож.', '你好 🙂'), ('def gate(', 'key):\n    return 1\n', 'k'), ('the gat', 'e keeper', 'es')]


def ids_of(tokenizer, prompt, answer, conversational):
    """What TRL's DPO trainer does to a row: its own functions, in the order of its tokenize_fn."""
    if conversational:
        return _tokenize(tokenizer, [*prompt, {'role': 'assistant', 'content': answer}])['input_ids']
    text = prompt + answer
    return _tokenize(tokenizer, text if text.endswith(tokenizer.eos_token) else text + tokenizer.eos_token)['input_ids']


def pair_rows():
    for base, strips in [('bytes', False), ('pieces', False), ('pieces', True)]:
        raw = copy.deepcopy(BASES[base])
        for token in raw['added_tokens']:
            token['rstrip'] = strips and token['content'] in ('<|turn|>', '<|end|>')
        with tempfile.NamedTemporaryFile('w', suffix='.json') as file:
            json.dump(raw, file)
            file.flush()
            tokenizer = PreTrainedTokenizerFast(tokenizer_file=file.name, bos_token='<s>', eos_token='</s>')
        for name in [*TEMPLATES, 'plain', 'pku']:
            for prompt, *answers in CASES:
                if name in TEMPLATES:
                    tokenizer.chat_template = TEMPLATES[name]
                    messages = [{'role': 'user', 'content': prompt}]
                    prompt_ids = _tokenize(tokenizer, messages, add_generation_prompt=True)['input_ids']
                    wholes = [ids_of(tokenizer, messages, answer, True) for answer in answers]
                else:
                    text = prompt if name == 'plain' else f'BEGINNING OF CONVERSATION: USER: {prompt} ASSISTANT:'
                    prompt_ids = _tokenize(tokenizer, text)['input_ids']
                    wholes = [ids_of(tokenizer, text, answer, False) for answer in answers]
                start = min(common_prefix_length(prompt_ids, whole) for whole in wholes)
                yield {'base': base, 'rstrip': strips, 'template': name, 'prompt': prompt, 'chosen': answers[0], 'rejected': answers[1], 'promptIds': prompt_ids[:start], 'chosenIds': wholes[0][start:], 'rejectedIds': wholes[1][start:]}


(HERE / 'tokens.json').write_text(json.dumps({'bases': BASES, 'texts': TEXTS, 'forms': list(form_rows()), 'templates': TEMPLATES, 'pairs': list(pair_rows())}, ensure_ascii=False, separators=(',', ':')) + '\n', encoding='utf-8')
