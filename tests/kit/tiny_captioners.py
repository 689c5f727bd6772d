"""Captioning and language models of a few thousand random weights, saved to a folder as real ones are."""

from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WORDS = ["[PAD]", "[UNK]", "[BOS]", "[EOS]", "a", "red", "fox", "runs", "over", "the", "snow", "and", "sings", "loud"]
SMALL: dict[str, Any] = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
SPECIAL: dict[str, Any] = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}


def save(folder: Path, model: Any, extractor: Any = None) -> Path:
    inner = Tokenizer(WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    inner.pre_tokenizer = Whitespace()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", bos_token="[BOS]", eos_token="[EOS]"
    ).save_pretrained(folder)
    model.save_pretrained(folder)
    if extractor is not None:
        extractor.save_pretrained(folder)
    return folder


def blip(folder: Path) -> Path:
    torch.manual_seed(1)
    text = {**SMALL, **SPECIAL, "vocab_size": len(WORDS), "encoder_hidden_size": 16, "sep_token_id": 3}
    config = transformers.BlipConfig(
        text_config=text, vision_config={**SMALL, "image_size": 32, "patch_size": 8}, projection_dim=12
    )
    processor = transformers.BlipImageProcessorPil(size={"height": 32, "width": 32})
    return save(folder, transformers.BlipForConditionalGeneration(config), processor)


def whisper(folder: Path) -> Path:
    torch.manual_seed(1)
    config = transformers.WhisperConfig(
        vocab_size=len(WORDS), d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, num_mel_bins=80, max_source_positions=1500,
        max_target_positions=60, decoder_start_token_id=2, suppress_tokens=None, begin_suppress_tokens=None, **SPECIAL,
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    return save(folder, model, transformers.WhisperFeatureExtractor(feature_size=80))


def llama(folder: Path) -> Path:
    torch.manual_seed(1)
    config = transformers.LlamaConfig(**SMALL, **SPECIAL, vocab_size=len(WORDS), num_key_value_heads=2)
    return save(folder, transformers.LlamaForCausalLM(config))
