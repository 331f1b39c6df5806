"""Code is tried in a copy of the kernel's process, from which nothing of the user's is reached.

The copy is a forked child (`fork`). Before the code runs there (`child`), every open file becomes
a view of its own or nothing (`descriptors`), shared memory becomes private (`memory`), the shell
no longer speaks to the notebook (`muted`), and what would act outside of memory ends the trial: in
words where Python tells of it (`acts`), and below that by a filter of system calls (`filter`),
which libraries that are not written in Python cannot get around. What cannot be kept apart is not
tried, and the outcome (`outcome`) says why.
"""
