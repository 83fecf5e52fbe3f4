"""The fast way of a stretch: the same bytes as `running.stretches`, computed in machine code.

What comes out is defined by the ordinary way alone. The fast way knows a part of what there is: the three noises of
masks and `flip_class` as a plain dict has them (`known.is_known`), and annotations without anything odd. Whatever it is
not sure of it hands over, annotation by annotation, and the ordinary way reads, noises or refuses it.

A stretch goes through five stages. Each is one call for all its annotations, and hands flat arrays to the next.

    fields    where in the bytes each annotation has its values
    choice    which noise each gets, and its class
    masks     the segmentation read, noised and written, with area, box and IoU
    splice    the new values put into the annotation's own bytes
    log       rows and counts

`plan` has the setting as arrays, `text` what is read and written, bytes as arrays, `draws` numpy's random numbers by
address; `read`, `noise` and `write` belong to the masks. `stretch` calls the stages, and `ready` loads them in time.
numba takes a third of a second, so that only a large run imports any of these but `ready` and `known`.
"""
