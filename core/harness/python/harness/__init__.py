"""What a Python test of a file system imports.

The names are those of GekkoFS's own test harness, so that its tests run on this one as they are; behind
them is the Rust harness of gkfs-bench, reached through ``gkfs-bench channel``. A test needs pytest and this
package, which ``gkfs-bench python-path`` puts on disk:

    PYTHONPATH=$(gkfs-bench python-path) pytest -p gkfs_bench_fixtures

==================  ====================================================================================
module              what it has
==================  ====================================================================================
``gkfs``            ``Daemon``, ``Client``, ``ShellClient``, and those of the forwarding mode
``workspace``       ``Workspace``, ``FileCreator``, ``File``
``io``              the replies of operations, as named tuples
``cmd``             parsers for the output of commands
``logger``          ``logger``, whose lines go into the test's record
``errors``          what is raised when the harness or the system under test is broken
``cli``             the options that are added to pytest's command line
``reporter``        nothing: names that a ``conftest.py`` of GekkoFS imports
==================  ====================================================================================

An operation that fails is a reply with ``retval`` -1 and its ``errno``; ``errno`` is 0 unless it failed. A
client that crashes, hangs or prints no reply raises.
"""
