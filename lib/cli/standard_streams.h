// Standard input, output and error of the program as a whole.
#pragma once

#include <optional>
#include <string>

namespace ds {

// Standard descriptors that came closed are held open, so that no file of ours takes their numbers;
// what is then read or written there fails, and is told. Before anything is opened.
void hold_standard_descriptors();

// Standard output could not be written, for the reason `error` (errno).
void note_output_fault(int error);
// Why standard output could not be written, if that happened since the start.
std::optional<std::string> output_fault();

} // namespace ds
