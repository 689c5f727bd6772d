"""ImageNet's animals by kind. Their numbers follow WordNet's tree, so a kind is a range (Deng et al., "ImageNet",
2009); things made by people are in alphabetical order, and go by the meaning of their names instead.
"""

from __future__ import annotations

from collections.abc import Mapping

# The first label and the last, and the everyday word (of words.py) for all between them; later lines overrule earlier.
RANGES: tuple[tuple[int, int, str], ...] = (
    (0, 0, "fish"), (1, 1, "goldfish"), (2, 4, "shark"), (5, 6, "ray"), (7, 7, "rooster"), (8, 8, "chicken"),
    (9, 9, "ostrich"), (10, 23, "bird"), (22, 22, "eagle"), (24, 24, "owl"), (25, 29, "salamander"), (30, 32, "frog"),
    (33, 37, "turtle"), (38, 48, "lizard"), (49, 50, "crocodile"), (51, 51, "dinosaur"), (52, 68, "snake"),
    (70, 77, "spider"), (71, 71, "scorpion"), (80, 96, "bird"), (84, 84, "peacock"), (87, 90, "parrot"),
    (94, 94, "hummingbird"), (97, 98, "duck"), (99, 99, "goose"), (100, 100, "swan"), (101, 101, "elephant"),
    (104, 104, "kangaroo"), (105, 105, "koala"), (107, 107, "jellyfish"), (109, 109, "coral"), (112, 112, "shell"),
    (113, 113, "snail"), (118, 121, "crab"), (122, 124, "lobster"), (125, 125, "crab"), (127, 146, "bird"),
    (130, 130, "flamingo"), (145, 145, "penguin"), (147, 148, "whale"), (150, 150, "seal"), (151, 268, "dog"),
    (269, 272, "wolf"), (273, 275, "dog"), (277, 280, "fox"), (281, 285, "cat"), (288, 290, "leopard"),
    (291, 291, "lion"), (292, 292, "tiger"), (293, 293, "leopard"), (294, 297, "bear"), (300, 307, "beetle"),
    (301, 301, "ladybug"), (308, 308, "fly"), (309, 309, "bee"), (310, 310, "ant"), (311, 312, "grasshopper"),
    (314, 314, "cockroach"), (319, 320, "dragonfly"), (321, 326, "butterfly"), (327, 327, "starfish"),
    (330, 332, "rabbit"), (333, 333, "hamster"), (335, 335, "squirrel"), (337, 337, "beaver"), (339, 339, "horse"),
    (340, 340, "zebra"), (341, 343, "pig"), (344, 344, "hippopotamus"), (345, 347, "cow"), (348, 349, "sheep"),
    (350, 350, "goat"), (351, 353, "deer"), (354, 355, "camel"), (360, 360, "otter"), (361, 361, "skunk"),
    (363, 363, "armadillo"), (364, 364, "sloth"), (365, 384, "monkey"), (366, 366, "gorilla"),
    (385, 386, "elephant"), (387, 388, "panda"), (389, 397, "fish"), (390, 390, "eel"),
)  # fmt: skip


def kinds() -> Mapping[int, str]:
    """The everyday word by label, where the tree gives one."""
    return {label: word for first, last, word in RANGES for label in range(first, last + 1)}
