"""Compiled geometry: what the modules beside it do with libraries, on bit images and in machine code.

Nothing outside imports these modules when the program starts: numba alone takes a third of a second.
"""
