// How `ds` ends, as a number that scripts may rely on. Documented in ds(1); values never change.
#pragma once

namespace ds {

enum class ExitCode : int {
    done = 0,        // what was asked for is done
    failed = 1,      // the world failed: disk, network in mid-transfer, a fault of the server
    misused = 2,     // the command line, or what it was given to send, is wrong
    not_found = 3,   // the stream does not exist, or no longer
    conflict = 4,    // it exists otherwise than asked, or it is closed
    refused = 5,     // the server said no: token, size, overload; or the directory is in use
    unreachable = 6, // nobody answered at that URL, or not with a certificate that holds
    too_new = 7,     // a newer ds wrote the data directory
};

} // namespace ds
