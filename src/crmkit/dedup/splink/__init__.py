"""Models of Splink, read in and written out, as far as both say the same; what is lost is reported.

Splink keeps a model as JSON: comparisons of columns, each a list of levels with
an SQL condition and two probabilities.  `from_splink` makes a `Model` of it,
`to_splink` makes such JSON of a `Model`.  Splink itself is not needed.
"""

from crmkit.dedup.splink.reading import from_splink
from crmkit.dedup.splink.writing import to_splink

__all__ = ["from_splink", "to_splink"]
