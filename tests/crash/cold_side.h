// What the crash loop knows of the object store, and what it asks of it while no server runs.
#pragma once

#include "crash/trouble.h"
#include "support/arguments.h"
#include "support/http_client.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

class ColdSide {
public:
    // --store dir, s3 or flaky; the last two with --endpoint, where tests/node/s3.mjs listens.
    ColdSide(Arguments const& arguments, std::string binary, Trouble& trouble);

    // Before the first server: from now on the store fails as it was asked to.
    bool begin() { return make_flaky(flaky_percent_); }
    // Of ds serve; the offline commands find in the data directory what they need.
    std::vector<std::string> flags() const;
    // A page costs one request to the store, and ends with what that has brought.
    bool is_far() const { return store_ != "dir"; }
    // Reads may be refused for a while, because the store fails at random.
    Unavailable unavailable() const {
        return flaky_percent_ > 0 ? Unavailable::ask_again : Unavailable::is_an_answer;
    }

    // Removes what crashes left behind; nothing may be left then, and all that the directory and
    // the store say must be true.
    bool verify(std::string const& data);
    // Seals what is open and moves it all to the store.
    bool rotate(std::string const& data);
    // Most that verify() has found.
    std::uint64_t segments() const { return segments_; }

private:
    // The command's exit code must be 0; its output.
    bool run(std::vector<std::string> words, std::string const& data,
             std::string* output = nullptr);
    // For as long as an offline command runs, the store does not fail.
    bool make_flaky(std::uint64_t percent);
    std::uint16_t port() const;

    std::string store_;
    std::string endpoint_;
    std::uint64_t flaky_percent_;
    std::string binary_;
    Trouble& trouble_;
    std::uint64_t segments_ = 0;
};

} // namespace ds
