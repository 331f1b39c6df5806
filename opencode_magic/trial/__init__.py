"""Code is tried in a copy of the kernel's process, which reaches nothing of the user's.

The copy is a forked child (`trying`). Before the code runs there (`child`), each open file becomes
a view of its own or nothing (`descriptors`), shared memory becomes private (`memory`), the shell
no longer speaks to the notebook (`muted`), and whatever would act outside of memory ends the trial:
in words where Python tells of it (`acts`), and below that by a filter of system calls (`filter`),
which libraries in other languages cannot get around. What cannot be kept apart is not tried, and
the outcome (`answer.trial`) says why.
"""
