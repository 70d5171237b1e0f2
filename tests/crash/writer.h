// One writer of one stream: numbered appends, and what became of each.
#pragma once

#include "crash/trouble.h"
#include "support/dice.h"
#include "support/http_client.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ds {

class Writer {
public:
    enum class Kind {
        producer,  // idempotent: what got no answer is sent again after the restart
        sequenced, // Stream-Seq: sent again too; refused when it is in the log already
        plain,     // what got no answer is left alone: it may be there, once, or not
    };
    enum class Fate { acknowledged, unknown, absent };
    // An acknowledged append, and the token that names the place after it.
    struct Mark {
        std::uint64_t append;
        std::string token;
    };

    Writer(Kind kind, std::uint64_t id, std::uint64_t seed) : kind_(kind), id_(id), dice_(seed) {}

    // For a new stream, whose messages carry this number.
    void start_over(std::string name, bool json, std::uint64_t generation);
    // Appends until the server is gone or there is trouble. At most `most` appends.
    void run(HttpClient& client, Trouble& trouble, std::uint64_t most);

    // The messages of an append: a function of its number alone, so that a retry sends the same
    // bytes.
    std::vector<std::string> messages(std::uint64_t append) const;

    Kind kind() const { return kind_; }
    std::uint64_t id() const { return id_; }
    // What became of each append, by number. verify() of the stream settles the unknown ones.
    std::vector<Fate>& fates() { return fates_; }
    std::vector<Mark> const& marks() const { return marks_; }

private:
    enum class Sent { done, gone };
    Sent send_next(HttpClient& client, Trouble& trouble);
    Sent send_again(HttpClient& client, Trouble& trouble);
    bool send(HttpClient& client, Trouble& trouble, std::uint64_t append, HttpResponse& got);
    bool judge(std::uint64_t append, bool was_seen, HttpResponse const& got, Trouble& trouble);
    std::string says(std::uint64_t append, HttpResponse const& got) const;

    Kind kind_;
    std::uint64_t id_;
    Dice dice_;
    std::string name_;
    bool json_ = false;
    std::uint64_t generation_ = 0;
    std::uint64_t epoch_ = 0;
    std::uint64_t epoch_began_ = 0; // the append with sequence 0
    std::vector<Fate> fates_;
    std::vector<Mark> marks_;
};

} // namespace ds
