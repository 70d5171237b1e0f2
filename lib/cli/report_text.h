// Reports of operations (admin/report_json.h) as text for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

// Each takes JSON documents, as operations end with them. Throws nlohmann's exceptions when a
// document is another one.
std::string directory_text(std::string const& document);
std::string stream_text(std::string const& document);
std::string streams_text(std::vector<std::string> const& summaries);
std::string segments_text(std::vector<std::string> const& segments);
std::string retentions_text(std::string const& document);
std::string restored_text(std::string const& document);

// "3 streams", "1 stream"
std::string counted(std::uint64_t count, std::string const& what);

} // namespace ds
