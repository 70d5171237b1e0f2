// Group commit, and nothing else: a thread that writes the bodies of all appends that came while it
// was busy in one go, syncs once, and hands them back.
//
// The file was filled with zeros beforehand and is written round and round, so that a sync never
// has to make it grow.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ds {

class CeilingStream;

// Appends in the order in which they came, their bodies one behind the other.
struct CeilingBatch {
    struct Append {
        std::uint32_t connection = 0;
        std::uint32_t generation = 0;
        CeilingStream* stream = nullptr;
        std::size_t size = 0;
    };
    std::string bodies;
    std::vector<Append> appends;

    void add(CeilingBatch const& more);
    void clear();
};

class CeilingLog {
public:
    // Rings the eventfd `bell` when there is something to take.
    CeilingLog(std::string const& path, int bell);
    ~CeilingLog();
    CeilingLog(CeilingLog const&) = delete;
    CeilingLog& operator=(CeilingLog const&) = delete;

    // Leaves `arrived` empty.
    void hand_over(CeilingBatch& arrived);
    // What was committed since the last time.
    void take(CeilingBatch& committed);

private:
    void fill_file();
    void commit_batches();
    void write(std::string_view bytes);

    std::string path_;
    int bell_;
    int file_ = -1;
    std::int64_t file_at_ = 0;

    std::mutex mutex_;
    std::condition_variable something_;
    CeilingBatch pending_;   // guarded
    CeilingBatch committed_; // guarded
    bool stopping_ = false;  // guarded

    std::thread thread_;
};

} // namespace ds
