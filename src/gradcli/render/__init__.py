"""Draw results and errors: as text, as JSON, into files.

Text is made of lines, a line of pieces, a piece of a text and the name of its style, so that a drawing
is the same on a terminal, where `terminal` paints it, and in a pipe.
"""
