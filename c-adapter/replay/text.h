// Words, numbers and times: read from a line, written to the output.
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stdint.h>

// What is left of a line, which is cut into words as they are taken.
typedef struct cursor {
    char *rest;
} cursor;

// The next word; NULL behind the last one.
char *words_next(cursor *words);

// Takes the next word if it is this one.
bool words_take(cursor *words, const char *word);

// What stands behind this beginning; NULL if the text does not begin so.
char *text_behind(char *text, const char *beginning);

// Cuts this ending off. False if the text does not end so.
bool text_cut(char *text, const char *ending);

// All of these read the whole text or say false.
bool read_number(const char *text, uint64_t most, uint64_t *number);
bool read_u32(const char *text, uint32_t *number);
bool read_u16(const char *text, uint16_t *number);
bool read_u8(const char *text, uint8_t *number);
bool read_attempt(const char *text, uint32_t *attempt); // #3
bool read_time(const char *text, uint64_t *ms);         // 250ms, 11.2s, 1.5m, 2h, never
bool read_length(const char *text, uint32_t *ms);       // a time of at most 2^32-1 ms, or none
bool read_roll(const char *text, uint32_t *roll);       // 77, or 50%: that part of 2^32

void write_text(const char *text);
void write_number(uint64_t number);
void write_attempt(uint32_t attempt);
void write_time(uint64_t ms);
void write_deadline(uint64_t ms); // a time, or - for never

#endif
