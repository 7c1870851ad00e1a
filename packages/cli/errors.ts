import { defineErrors } from '@ward/protocol';

const SEE_HELP = 'Run the command with --help to see what it takes.';

/** What can go wrong between a person at a terminal and the rest. */
export const refuse = defineErrors({
  COMMAND_UNKNOWN: {
    status: 400,
    fields: [],
    text: 'There is no such command.',
    next: 'Run ward help to see all commands.',
  },
  COMMAND_MISSING: {
    status: 400,
    fields: [],
    text: 'The command has parts, and none was named.',
    next: SEE_HELP,
  },
  OPTION_UNKNOWN: {
    status: 400,
    fields: [],
    text: 'The command has no such option.',
    next: SEE_HELP,
  },
  OPTION_VALUE_MISSING: {
    status: 400,
    fields: [],
    text: 'An option stands without its value.',
    next: SEE_HELP,
  },
  ARGUMENT_MISSING: {
    status: 400,
    fields: [],
    text: 'The command needs one more argument.',
    next: SEE_HELP,
  },
  ARGUMENTS_TOO_MANY: {
    status: 400,
    fields: [],
    text: 'The command takes fewer arguments.',
    next: `${SEE_HELP} Put quotes around names with spaces.`,
  },
  ARGUMENT_INVALID: {
    status: 400,
    fields: ['parameter', 'form'],
    text: 'An argument or option is not of the form that the command needs.',
    next: SEE_HELP,
  },
  FLAG_NEEDED: {
    status: 400,
    fields: ['flag'],
    text: 'The command has a question, and nobody is at the terminal to answer it.',
    next: 'Answer it with the flag.',
  },
  FLAGS_CONFLICT: {
    status: 400,
    fields: ['flag', 'other'],
    text: 'Two options say different things.',
    next: 'Give one of them.',
  },
  NOT_CONFIRMED: {
    status: 400,
    fields: [],
    text: 'Nothing was done: the question was not answered with yes.',
    next: 'Run the command again when you are sure.',
  },
  STOPPED: {
    status: 400,
    fields: [],
    text: 'You stopped the command.',
    next: 'Run it again; what was done stands, and is not done twice.',
  },
  OWNER_HOME_MISSING: {
    status: 404,
    fields: ['wanted'],
    text: 'There is no home here: no wallet of a person, no key service of an organisation.',
    next: 'Name one with --home or WARD_HOME, or make one: ward wallet create, ward org create.',
  },
  OWNER_HOME_TAKEN: {
    status: 409,
    fields: ['kind'],
    text: 'The folder is a home already.',
    next: 'Name another folder with --home.',
  },
  OWNER_HOME_KIND: {
    status: 409,
    fields: ['wanted', 'found'],
    text: 'The home belongs to the wrong kind of owner for this command.',
    next: 'Name the right home with --home or WARD_HOME.',
  },
  ID_TOO_SHORT: {
    status: 400,
    fields: ['kind', 'min'],
    text: 'The beginning of an id is too short to be sure which one is meant.',
    next: 'Give more of its letters, or its name.',
  },
  ID_UNKNOWN: {
    status: 404,
    fields: ['kind'],
    text: 'There is none with this id or name.',
    next: 'Run the list command of the same group to see which there are.',
  },
  ID_AMBIGUOUS: {
    status: 409,
    fields: ['kind', 'matches'],
    text: 'Several begin with this id or name.',
    next: 'Give more of its letters.',
  },
  FILE_NOT_FOUND: {
    status: 404,
    fields: [],
    text: 'There is no such file or folder.',
    next: 'Check the path.',
  },
  FILE_REFUSED: {
    status: 403,
    fields: [],
    text: 'The file or folder cannot be read or written.',
    next: 'Check its permissions, and whether it is a file or a folder.',
  },
  FILE_EXISTS: {
    status: 409,
    fields: [],
    text: 'There is a file of this name already, and it was left as it is.',
    next: 'Choose another name, or delete the file first.',
  },
  FILE_INVALID: {
    status: 400,
    fields: ['wanted'],
    text: 'The file is not what the command needs.',
    next: 'Check that you named the right file.',
  },
  FILE_DISK_FULL: {
    status: 507,
    fields: [],
    text: 'The disk is full.',
    next: 'Free some space and run the command again.',
  },
  INPUTS_TOO_LARGE: {
    status: 413,
    fields: ['sizeBytes', 'max'],
    text: 'The files together are larger than one run takes.',
    next: 'Add them in parts, or let every file stand for itself with --each.',
  },
  INPUTS_MISSING: {
    status: 400,
    fields: [],
    text: 'There is nothing to add: the folders hold no file.',
    next: 'Name files, folders that hold some, or - for standard input.',
  },
  PASSPHRASE_MISSING: {
    status: 400,
    fields: ['flag'],
    text: 'The command needs a passphrase, and nobody is at the terminal to give it.',
    next: 'Name a file with --passphrase-file, or set WARD_PASSPHRASE.',
  },
  PASSPHRASE_WEAK: {
    status: 400,
    fields: ['lettersMin'],
    text: 'The passphrase is too short to keep a wallet.',
    next: 'Take several words.',
  },
  PASSPHRASE_MISTYPED: {
    status: 400,
    fields: [],
    text: 'The two passphrases differ.',
    next: 'Run the command again and type the same one twice.',
  },
  OUTPUT_BINARY: {
    status: 400,
    fields: ['sizeBytes'],
    text: 'The record is no text, and a terminal cannot show it.',
    next: 'Write it into a file with --out, or pipe the output elsewhere.',
  },
  PATIENT_UNCLEAR: {
    status: 409,
    fields: ['patients'],
    text: 'The input names patients, and it is not said which charts are theirs.',
    next: 'Say so for each: --patient REFERENCE=CHART,CHART; ward record add --plan lists them.',
  },
  STAFF_KEY_MISSING: {
    status: 404,
    fields: [],
    text: 'The home has no key of a member of staff, and somebody has to sign an opening.',
    next: 'Enrol somebody: ward org staff add NAME --role ROLE.',
  },
  BENCH_MISSING: {
    status: 404,
    fields: [],
    text: 'The programs that measure are not here.',
    next: 'Clone the repository and run it there: npm run bench -- NAME.',
  },
  SOFTWARE_FAULT: {
    status: 500,
    fields: [],
    text: 'Something went wrong in this software.',
    next: 'Run the command again with --debug and report what it prints.',
  },
});
