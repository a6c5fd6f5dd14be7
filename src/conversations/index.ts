/**
 * The dialogue with a customer or a guest: redact, understand, gate, answer, record. It promises that
 * a notice is never lost, that account data leaves only with its event committed, and that every
 * reply is an approved template. It moves no money and decides nothing itself.
 */
export { ConversationsModule } from './conversations.module.js';
export { messageAnswerSchema, type MessageAnswer } from './message-answer.js';
