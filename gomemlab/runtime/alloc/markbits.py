"""The mark bits of all spans: which objects the collector has reached in this cycle.

They lie beside the spans, by span id, so that marking writes to no span. Spans of small objects have a second pair of
bitmaps, which Go keeps at the end of the span itself: sweeping joins them with the others.

Go: runtime/mbitmap.go, markBits; runtime/mheap.go, gcBits; runtime/mgcmark_greenteagc.go, spanInlineMarkBits.
Left out: the arenas that mark bits come from, one for each cycle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gomemlab.runtime.alloc.mspan import MSpan
from gomemlab.runtime.errors import ThrowError


@dataclass(slots=True, eq=False, kw_only=True)
class MarkBits:
    """Bitmaps by span id, bit i for slot i; a span without an entry has no bit set."""

    gcmark_bits: dict[int, int] = field(default_factory=dict)
    inline_marks: dict[int, int] = field(default_factory=dict)  # those that Go keeps in the span
    inline_scans: dict[int, int] = field(default_factory=dict)  # of them, slots that were scanned
    page_marks: set[int] = field(default_factory=set)  # spans that reclaim passes over; not each marked one is here

    def marked(self, span: MSpan) -> int:
        """Return the bitmap of a span's marked slots, wherever the marks lie."""
        return self.gcmark_bits.get(span.id, 0) | self.inline_marks.get(span.id, 0)

    def forget_marks(self, span: MSpan) -> None:
        """Clear a span's mark bits.

        Go: runtime/mgcmark_greenteagc.go, (*mspan).moveInlineMarks.
        """
        self.gcmark_bits.pop(span.id, None)
        if self.inline_marks:
            self.inline_marks.pop(span.id, None)
            self.inline_scans.pop(span.id, None)

    def check_marks(self, spans: Mapping[int, MSpan]) -> None:
        """Raise ThrowError for marks of no span or slot, and for an object that was scanned without a mark."""
        for marks in (self.gcmark_bits, self.inline_marks):
            for span_id, bits in marks.items():
                if span_id not in spans or bits >> spans[span_id].nelems:
                    raise ThrowError(f"{bits.bit_count()} marks for span {span_id}, which has no such slots")
        for span_id, bits in self.inline_scans.items():
            if bits & ~self.inline_marks.get(span_id, 0):
                raise ThrowError(f"span {span_id} has slots that were scanned without a mark")
