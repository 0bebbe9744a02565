"""Texts that a mirror has changed: its readings taken out, the characters simplified again.

A mirror turns the page into traditional characters, encodes it as GBK, puts the reading behind the two
bytes of many a character wherever these bytes stand, and decodes what comes of it. So 在過去 is shown as
``?cè)谶^(guò)去`` where it follows 們. What that destroys can mostly be inferred, and is never invented.
"""

from crawler.normalizer.mirrored.restoring import Restored, restored, restored_markup

__all__ = ["Restored", "restored", "restored_markup"]
