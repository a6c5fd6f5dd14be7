import { Global, Module } from '@nestjs/common';

import { FieldEncryption } from './field-encryption.js';
import { PersonalDataSources } from './personal-data.js';

@Global()
@Module({
  providers: [FieldEncryption, PersonalDataSources],
  exports: [FieldEncryption, PersonalDataSources],
})
export class PrivacyModule {}
